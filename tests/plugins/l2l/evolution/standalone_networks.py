"""Networks that worker processes can build."""

import numpy as np
from brian2 import *


def build_noisy():
    """Neurons with noise, random connections that stay, and drives that follow a gain."""
    seed(7)
    defaultclock.dt = 0.2 * ms
    neurons = NeuronGroup(
        30,
        """
        dv/dt = (drive + bias - v)/tau + noise*sqrt(2/tau)*xi : 1
        drive : 1
        gain : 1 (shared, constant)
        tau : second (shared, constant)
        noise : 1 (shared, constant)
        bias : 1 (constant)
        size : integer (shared, constant)
        """,
        threshold="v > 1",
        reset="v = 0",
        method="euler",
        name="neurons",
    )
    neurons.gain = 1.0
    neurons.tau = 10 * ms
    neurons.noise = 0.3
    # What depends on parameters is computed in C++, before the run.
    neurons.drive = "gain*(0.8 + 0.6*rand())"
    neurons.bias = np.random.uniform(-0.1, 0.1, 30)
    # A subgroup that is no more when the program runs.
    neurons[:10].v = 0.5
    S = Synapses(neurons, neurons, "w : 1", on_pre="v_post += w", name="S")
    S.connect(p=0.2)
    S.w = 0.01
    S.delay = 1 * ms
    seed()
    net = Network(neurons, S, SpikeMonitor(neurons, name="spikes"))
    net.run(100 * ms)
    return net


def rate(net):
    """Return the mean rate in Hz."""
    return net["spikes"].num_spikes / 30 / 0.1


def rate_error(net):
    """Return how far the mean rate is from 40 Hz."""
    return abs(rate(net) - 40)


def fingerprint(net):
    """Return a number in which every spike counts."""
    spikes = net["spikes"]
    return float(np.sum((np.asarray(spikes.t) + 0.1) * (1 + np.asarray(spikes.i))))


def build_without_running():
    return Network(NeuronGroup(1, "v : 1", name="neurons"))


def build_nothing():
    NeuronGroup(1, "v : 1", name="neurons")


def build_uncompilable():
    net = build_without_running()
    net.run(1 * ms)
    device.insert_code("main", "this is not C++;")
    return net
