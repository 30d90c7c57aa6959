"""A network for the tests of the mirror: every kind of input, recurrence, delays, plasticity."""

from types import SimpleNamespace

import numpy as np
from brian2 import (
    Hz,
    Network,
    NeuronGroup,
    PoissonGroup,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    TimedArray,
    ms,
)

STEPS, DURATION = 300, 30 * ms


def make_network(rng, random_source=True):
    """Return the objects of a network of adaptive neurons, by name.

    Parameters
    ----------
    rng : numpy.random.Generator
    random_source : bool
        Whether one of the sources is a PoissonGroup.
    """
    drive = TimedArray(0.5 + 0.4 * rng.random((30, 6)), dt=1 * ms, name="drive")
    times = np.concatenate([np.sort(rng.choice(280, 12, replace=False)) for _ in range(8)])
    source = SpikeGeneratorGroup(8, np.repeat(np.arange(8), 12), times * 0.1 * ms, name="source")
    noise = PoissonGroup(5, rates=(200 + 300 * rng.random(5)) * Hz, name="noise")
    neurons = NeuronGroup(
        6,
        """
        dv/dt = (drive(t, i) + offset - v)/tau : 1 (unless refractory)
        db/dt = -b/(50*ms) : 1
        B = 1 + 0.3*b : 1
        tau : second (constant)
        offset : 1
        """,
        threshold="v > B",
        reset="v -= B; b += 1",
        refractory=1 * ms,
        method="euler",
        namespace={"drive": drive},
        name="neurons",
    )
    neurons.tau, neurons.v = "(6 + i)*ms", rng.random(6)
    S = Synapses(source, neurons, "w : 1", on_pre="v_post += w", delay=0.5 * ms, name="S")
    S.connect()
    S.w = 0.2 * rng.random(len(S))
    N = Synapses(noise, neurons, "w : 1", on_pre="v_post += w", name="N")
    N.connect()
    N.w = 0.2 * rng.random(len(N))
    R = Synapses(
        neurons, neurons, "w : 1\nx : 1", on_pre="v_post += w*(1 - x); x += 0.1*(1 - x)", name="R"
    )
    R.connect(condition="i != j")
    R.w, R.delay = 0.3 * rng.normal(size=len(R)), 2 * ms * rng.random(len(R))
    spikes = SpikeMonitor(neurons, name="spikes")
    states = StateMonitor(neurons, ["v", "B"], record=True, when="end", name="states")
    net = Network(source, neurons, S, R, spikes, states)
    if random_source:
        net.add(noise, N)
    return SimpleNamespace(**locals())


def make_inputs(made, torch, generator, batch=16, sparse=False):
    """Return different inputs for every trial of the network."""
    spikes = (torch.rand(STEPS, batch, 8, generator=generator) < 0.04).float()
    drive = 0.5 + 0.4 * torch.rand(30, batch, 6, generator=generator, dtype=torch.float64)
    return {made.source: spikes.to_sparse() if sparse else spikes, made.drive: drive}
