"""The networks, and the values in which their trials differ."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from brian2 import (
    Network,
    NeuronGroup,
    Quantity,
    SpikeMonitor,
    Synapses,
    TimedArray,
    defaultclock,
    ms,
)

from validation.speed import jobs
from validation.speed import networks as speed_networks

#: The conductances that a spike adds, relative to the leak, and the limits of the drive in volts.
EXCITATION, INHIBITION = 0.2, 1.0
DRIVE = 0.0, 0.012


@dataclass(frozen=True)
class Case:
    """
    A network and its trials.

    Attributes
    ----------
    network : brian2.Network
    duration : Quantity
        Of a trial.
    monitor : SpikeMonitor
        Counts the spikes in Brian2.
    inputs : dict of TimedArray to numpy.ndarray
        ``[row, trial, column]``.
    initial : dict of (group, str) to numpy.ndarray
        Start values and parameters in SI units, ``[trial, neuron]``.
    """

    network: Network
    duration: Quantity
    monitor: SpikeMonitor
    inputs: Mapping[TimedArray, np.ndarray]
    initial: Mapping[tuple, np.ndarray]


@dataclass(frozen=True)
class Size:
    """
    How large a network is, how many trials it has, and how long one is in milliseconds.

    Attributes
    ----------
    neurons, trials : int
    milliseconds : int
    """

    neurons: int
    trials: int
    milliseconds: int


SIZES = {"adaptive": Size(220, 128, 784), "conductance": Size(1000, 64, 500)}

#: Small versions, to try the programs; their times say nothing.
SMOKE = {"adaptive": Size(40, 4, 100), "conductance": Size(100, 3, 60)}


def build_case(name: str, size: Size, seed: int) -> Case:
    """
    Make a network and draw its trials.

    Parameters
    ----------
    name : {'adaptive', 'conductance'}
    size : `Size`
    seed : int

    Returns
    -------
    case : `Case`
    """
    return {"adaptive": adaptive, "conductance": conductance}[name](size, seed)


def adaptive(size: Size, seed: int) -> Case:
    """
    Make the recurrent network of job J1; each trial has other input spikes.

    A C++ program takes a `TimedArray` anew in each run, but not the spikes of a
    `SpikeGeneratorGroup`: the inputs are neurons that spike where the array is 1.
    """
    job = replace(
        jobs.JOBS["J1"],
        neurons=size.neurons,
        adaptive=size.neurons * 5 // 11,
        batch=size.trials,
        steps=round(size.milliseconds / jobs.DT),
    )
    data = jobs.make_data(job, seed, np.float64)
    shown = TimedArray(np.zeros((job.steps, job.inputs)), dt=jobs.DT * ms, name="shown")
    stimulus = NeuronGroup(
        job.inputs,
        "",
        threshold="shown(t, i) > 0.5",
        reset="",
        namespace={"shown": shown},
        name="stimulus",
    )
    built = speed_networks.build_network(job, data, stimulus)
    monitor = SpikeMonitor(built.spiking[0], record=False, name="counted")
    built.network.add(monitor)
    inputs = {shown: data.spikes.astype(float)}
    return Case(built.network, size.milliseconds * ms, monitor, inputs, {})


def conductance(size: Size, seed: int) -> Case:
    """
    Make excitatory and inhibitory neurons with conductances, at 2 % connectivity.

    After the benchmark COBA of Brette et al. 2007, with weaker synapses and a drive instead. Each
    trial has other start values of the membranes and another drive of each neuron.
    """
    random = np.random.default_rng(seed)
    defaultclock.dt = 0.1 * ms
    neurons = NeuronGroup(
        size.neurons,
        """
        dv/dt = (ge*(0*mV - v) + gi*(-80*mV - v) + drive - (v + 60*mV))/(20*ms) : volt
                                                                        (unless refractory)
        dge/dt = -ge/(5*ms) : 1
        dgi/dt = -gi/(10*ms) : 1
        drive : volt (constant)
        """,
        threshold="v > -50*mV",
        reset="v = -60*mV",
        refractory=5 * ms,
        method="euler",
        name="neurons",
    )
    excitatory = size.neurons * 4 // 5
    connected = random.random((size.neurons, size.neurons)) < 0.02
    synapses = [
        _conductance(
            "S_e", neurons[:excitatory], neurons, "ge", EXCITATION, connected[:excitatory]
        ),
        _conductance(
            "S_i", neurons[excitatory:], neurons, "gi", INHIBITION, connected[excitatory:]
        ),
    ]
    monitor = SpikeMonitor(neurons, record=False, name="counted")
    shape = (size.trials, size.neurons)
    initial = {
        (neurons, "v"): random.uniform(-0.060, -0.050, shape),
        (neurons, "drive"): random.uniform(*DRIVE, shape),
    }
    network = Network(neurons, synapses, monitor)
    return Case(network, size.milliseconds * ms, monitor, {}, initial)


def _conductance(name, source, target, variable, weight, connected):
    synapses = Synapses(source, target, on_pre=f"{variable}_post += {weight}", name=name)
    i, j = np.nonzero(connected)
    synapses.connect(i=i, j=j)
    return synapses
