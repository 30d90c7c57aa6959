"""The network that is evaluated, and what evolution may change."""

from collections.abc import Mapping

import numpy as np
from brian2 import (
    Network,
    NeuronGroup,
    SpikeMonitor,
    Synapses,
    defaultclock,
    ms,
    mV,
    seed,
)

from brian2_l2l_plugins.l2l import Parameter, StandaloneEvaluation

NEURONS, MILLISECONDS = 300, 300

PARAMETERS = [
    Parameter("neurons.tau", 5 * ms, 40 * ms),
    Parameter("neurons.drive", 10 * mV, 40 * mV),
    Parameter("E.w", 0.02 * mV, 2 * mV, scale="log"),
    Parameter("I.w", 0.02 * mV, 5 * mV, scale="log"),
]

#: Values at which the overhead is measured.
VALUES = {"neurons.tau": 20 * ms, "neurons.drive": 24 * mV, "E.w": 0.2 * mV, "I.w": 0.8 * mV}


def build() -> Network:
    """Make neurons with noise and random connections, and run them."""
    seed(1)
    defaultclock.dt = 0.1 * ms
    neurons = NeuronGroup(
        NEURONS,
        """
        dv/dt = (drive - v)/tau + 2*mV*sqrt(2/tau)*xi : volt (unless refractory)
        tau : second (shared, constant)
        drive : volt (shared, constant)
        """,
        threshold="v > 20*mV",
        reset="v = 10*mV",
        refractory=2 * ms,
        method="euler",
        name="neurons",
    )
    neurons.tau = VALUES["neurons.tau"]
    neurons.v = "rand()*20*mV"
    excitatory = NEURONS * 4 // 5
    synapses = []
    for name, source, effect in (
        ("E", neurons[:excitatory], "v_post += w"),
        ("I", neurons[excitatory:], "v_post -= w"),
    ):
        S = Synapses(source, neurons, "w : volt", on_pre=effect, delay=1 * ms, name=name)
        S.connect(p=0.1)
        synapses.append(S)
    seed()
    net = Network(neurons, synapses, SpikeMonitor(neurons, name="spikes"))
    net.run(MILLISECONDS * ms)
    return net


def rate(net: Network) -> float:
    """Return the mean rate in Hz."""
    return float(net["spikes"].num_spikes / NEURONS / MILLISECONDS * 1e3)


def cost(net: Network) -> float:
    """Return how far the mean rate is from 10 Hz, and a trace of the time of every spike."""
    return abs(rate(net) - 10) + 1e-6 * float(np.sum(np.asarray(net["spikes"].t)))


EVALUATION = StandaloneEvaluation(build, cost)


def nothing(values: Mapping, seed: int) -> float:
    """Evaluate nothing."""
    return 0.0
