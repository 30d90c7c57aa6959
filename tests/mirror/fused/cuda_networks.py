"""Networks that take every way through the programs for CUDA: made anew, by name."""

from __future__ import annotations

import numpy as np
from brian2 import Network, NeuronGroup, SpikeGeneratorGroup, Synapses, TimedArray, ms

from brian2_l2l import Trainable

#: More than the threads of a block in the emulation, so that each has several elements.
SIZE, INPUTS, STEPS = 70, 40, 40

LIF = "dv/dt = -v/(20*ms) : 1"


def _stimulus(rng, rate=0.08):
    fired = rng.random((STEPS, INPUTS)) < rate
    steps, cells = np.nonzero(fired)
    return SpikeGeneratorGroup(INPUTS, cells, steps * ms, name="stimulus", dt=1 * ms)


def _neurons(equations=LIF, size=SIZE, **options):
    options = {"threshold": "v > 1", "reset": "v = 0", "method": "euler", **options}
    return NeuronGroup(size, equations, name="neurons", dt=1 * ms, **options)


def _synapses(source, target, name, rng, scale, model="w : 1", on_pre="v_post += w", p=1.0, **more):
    made = Synapses(source, target, model, on_pre=on_pre, name=name, dt=1 * ms, **more)
    made.connect(p=p)
    made.w = scale * rng.normal(size=len(made)) + scale / 2
    return made


def adaptive(rng):
    """Return adaptive neurons with delays, refractoriness and both kinds of matrices."""
    stimulus = _stimulus(rng)
    equations = """
    dv/dt = -v/(20*ms) : 1 (unless refractory)
    db/dt = -b/(50*ms) : 1
    limit = 1 + beta*b : 1
    beta : 1 (constant)
    """
    neurons = _neurons(equations, threshold="v > limit", reset="v -= limit; b += 0.2",
                       refractory=3 * ms)  # fmt: skip
    neurons.beta = rng.uniform(0, 1.5, SIZE)
    into = _synapses(stimulus, neurons, "into", rng, 0.3)
    among = _synapses(neurons, neurons, "among", rng, 0.1, p=0.2)
    among.delay = rng.choice([0, 1, 3], len(among)) * ms
    return [stimulus, neurons, into, among], [(into, "w"), (among, "w"), (neurons, "beta")]


def several_synapses_per_pair(rng):
    """Return neurons with two synapses between the same ones, and a delay for each."""
    stimulus, neurons = _stimulus(rng), _neurons()
    into = _synapses(stimulus, neurons, "into", rng, 0.3)
    among = Synapses(neurons, neurons, "w : 1", on_pre="v_post -= w", name="among", dt=1 * ms)
    among.connect(p=0.1, n=2)
    among.w = 0.1 * rng.normal(size=len(among))
    return [stimulus, neurons, into, among], [(into, "w"), (among, "w")]


def short_term_plasticity(rng):
    """Return synapses with resources of their own."""
    stimulus, neurons = _stimulus(rng), _neurons()
    into = _synapses(stimulus, neurons, "into", rng, 0.2)
    model = "w : 1\nU : 1 (shared, constant)\ndx/dt = (1 - x)/(30*ms) : 1 (clock-driven)"
    on_pre = "v_post += w*U*x; x -= U*x"
    among = _synapses(neurons, neurons, "among", rng, 0.3, model, on_pre, p=0.3, method="exact")
    among.delay = rng.choice([0, 2], len(among)) * ms
    among.U, among.x = 0.4, rng.uniform(0.3, 1, len(among))
    return [stimulus, neurons, into, among], [(into, "w"), (among, "w"), (among, "U")]


def resources_of_the_source(rng):
    """Return synapses of which those with the same source change one number."""
    stimulus = _stimulus(rng)
    neurons = _neurons("dv/dt = -v/(20*ms) : 1\nx : 1")
    neurons.x = 1
    into = _synapses(stimulus, neurons, "into", rng, 0.3)
    on_pre = "v_post += 0.1*w*x_pre; x_pre *= 0.99"
    among = _synapses(neurons, neurons, "among", rng, 2, on_pre=on_pre, p=0.05)
    return [stimulus, neurons, into, among], [(into, "w"), (among, "w")]


def spike_timing(rng):
    """Return synapses that learn from the times of spikes."""
    stimulus, neurons = _stimulus(rng), _neurons()
    model = """
    w : 1
    dapre/dt = -apre/(20*ms) : 1 (event-driven)
    dapost/dt = -apost/(20*ms) : 1 (event-driven)
    """
    into = _synapses(
        stimulus, neurons, "into", rng, 0.3, model,
        "v_post += w; apre += 0.01; w = clip(w + apost, -1, 1)",
        on_post="apost -= 0.012; w = clip(w + apre, -1, 1)",
    )  # fmt: skip
    return [stimulus, neurons, into], [Trainable(into, "w", initial=True)]


def conductances(rng):
    """Return neurons with conductances and voltage-dependent synapses, some of which fail."""
    stimulus = _stimulus(rng)
    neurons = _neurons("dv/dt = (ge*(3 - v) - v)/(20*ms) : 1\ndge/dt = -ge/(5*ms) : 1")
    into = _synapses(stimulus, neurons, "into", rng, 0.15, on_pre="ge_post += w")
    on_pre = "v_post += w*(2 - v_post)*int(rand() < 0.8)"
    among = _synapses(neurons, neurons, "among", rng, 0.1, on_pre=on_pre, p=0.06, delay=1 * ms)
    return [stimulus, neurons, into, among], [(into, "w"), (among, "w")]


def several_clocks(rng):
    """Return groups with time steps of their own."""
    made, trained = adaptive(rng)
    neurons = made[1]
    readout = NeuronGroup(3, "dy/dt = -y/(10*ms) : 1", method="exact", name="readout", dt=0.5 * ms)
    out = Synapses(neurons, readout, "w : 1", on_pre="y_post += w", name="out", dt=1 * ms)
    out.connect()
    out.w = rng.normal(size=len(out))
    return [*made, readout, out], [*trained, (out, "w")]


def sums_and_tables(rng):
    """Return neurons with sums, a shared parameter, a table, and what happens to some of them."""
    drive = TimedArray(0.4 * rng.random((20, SIZE)), dt=2 * ms, name="drive")
    equations = """
    dv/dt = (gain*drive(t, i) + coupling - v)/(20*ms) : 1
    coupling : 1
    gain : 1 (shared, constant)
    """
    stimulus, neurons = _stimulus(rng), _neurons(equations, namespace={"drive": drive})
    neurons.gain, neurons.v = 1.2, rng.random(SIZE)
    into = _synapses(stimulus, neurons, "into", rng, 0.3)
    model = "w : 1\ncoupling_post = w*(v_pre - v_post) : 1 (summed)"
    gap = Synapses(neurons, neurons, model, name="gap", dt=1 * ms)
    gap.connect(p=0.1)
    gap.w = 0.1 * rng.random(len(gap))
    some = neurons[20:50]
    some.run_regularly("v = 0.9*v + 0.002*i*gain", dt=1 * ms)
    return [stimulus, neurons, into, gap, some], [(into, "w"), (gap, "w"), (neurons, "gain")]


NETWORKS = (
    adaptive, several_synapses_per_pair, short_term_plasticity, resources_of_the_source,
    spike_timing, conductances, several_clocks, sums_and_tables,
)  # fmt: skip


def made(make, rng):
    """Return a network, what can be trained of it, and what to record."""
    objects, trained = make(rng)
    keys = [("neurons", "spikes"), ("neurons", "v"), ("neurons", "v", "mean")]
    keys += [("neurons", "v", "last")]
    if make is several_clocks:
        keys.append(("readout", "y"))
    return Network(objects), trained, keys
