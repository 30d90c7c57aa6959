"""The fused lowering gives the spikes and the gradients of the plain one."""

import numpy as np
import pytest
import torch
from brian2 import (
    Network,
    NeuronGroup,
    SpikeGeneratorGroup,
    StateMonitor,
    Synapses,
    linked_var,
    ms,
)

import brian2_l2l as l2l
from brian2_l2l.errors import MirrorError
from brian2_l2l_plugins.threads import torch_threads
from tests.claims.fused_equals_plain import assert_fused_equals_plain, assert_same, run_lowered
from tests.mirror.fused.compilers import needs_compiler

STEPS, BATCH, INPUTS = 60, 5, 12

pytestmark = [needs_compiler, pytest.mark.usefixtures("optimised")]


def make_network(rng, delay=1 * ms, connected=1.0):
    """Return a recurrent adaptive network with a readout, and its trainables."""
    stimulus = SpikeGeneratorGroup(INPUTS, [], [] * ms, name="stimulus")
    neurons = NeuronGroup(
        40,
        """
        dv/dt = -v/(20*ms) : 1
        db/dt = -b/(50*ms) : 1
        threshold_now = 1 + beta*b : 1
        beta : 1 (constant)
        """,
        threshold="v > threshold_now",
        reset="v -= threshold_now; b += 0.2",
        refractory=3 * ms,
        method="exact",
        name="neurons",
        dt=1 * ms,
    )
    neurons.beta = rng.uniform(0, 1.5, 40)
    readout = NeuronGroup(3, "dy/dt = -y/(10*ms) : 1", method="exact", name="readout", dt=1 * ms)
    into = Synapses(stimulus, neurons, "w : 1", on_pre="v_post += w", name="into", dt=1 * ms)
    among = Synapses(
        neurons, neurons, "w : 1", on_pre="v_post += w", delay=delay, name="among", dt=1 * ms
    )
    out = Synapses(neurons, readout, "w : 1", on_pre="y_post += w", name="out", dt=1 * ms)
    stimulus_clock = stimulus.clock
    stimulus_clock.dt = 1 * ms
    for synapses in (into, out):
        synapses.connect()
        synapses.w = rng.normal(size=len(synapses)) / 2
    among.connect(p=connected)
    among.w = rng.normal(size=len(among)) / 6
    net = Network(stimulus, neurons, readout, into, among, out)
    return net, [(into, "w"), (among, "w"), (out, "w"), (neurons, "beta")]


def spikes_and_gradients(net, trainable, inputs, lowering, **options):
    mirror = l2l.mirror(net, trainable, lowering=lowering, surrogate_scale=1.0, **options)
    keys = [("neurons", "spikes"), ("readout", "y"), ("neurons", "v", "last")]
    record = mirror.run(STEPS * ms, inputs={"stimulus": inputs}, record=keys)
    weights = torch.linspace(-1, 1, 3).to(record[keys[1]])
    loss = (record[keys[1]] * weights).sum() + record[keys[2]].square().sum()
    loss = loss + record.state.arrays["neurons.b"].sum()
    loss.backward()
    return record[keys[0]].detach(), {n: p.grad for n, p in mirror.named_parameters()}


def assert_equal(net, trainable, rng, dtype=torch.float64, tolerance=1e-9, **options):
    inputs = torch.as_tensor(rng.random((STEPS, BATCH, INPUTS)) < 0.2)
    options = {"dtype": dtype, **options}
    expected, gradients = spikes_and_gradients(net, trainable, inputs, "plain", **options)
    spikes, found = spikes_and_gradients(net, trainable, inputs, "fused", **options)
    assert 0.005 < expected.mean() < 0.25
    assert torch.equal(spikes, expected)
    for name, gradient in gradients.items():
        error = (found[name] - gradient).norm() / gradient.norm()
        assert gradient.norm() > 0 and error < tolerance, f"{name}: {error:.2g}"


@pytest.mark.parametrize("checkpoint", [None, 1, 7, STEPS])
def test_checkpoints_of_every_length(checkpoint, rng):
    assert_equal(*make_network(rng), rng, checkpoint=checkpoint)


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_threads_that_do_not_divide_the_batch(threads, rng):
    with torch_threads(threads):
        assert_equal(*make_network(rng), rng)


@pytest.mark.parametrize("connected", [1.0, 0.15])
@pytest.mark.parametrize("delay", [0, 3])
def test_delays_and_sparse_connections(connected, delay, rng):
    assert_equal(*make_network(rng, delay * ms, connected), rng)


@pytest.mark.parametrize("steps", [1, 2, 4, 5, 7])
def test_runs_that_are_shorter_than_a_delay(steps):
    neurons = NeuronGroup(
        4,
        "dv/dt = (1.3 - v)/(5*ms) : 1",
        threshold="v > 1",
        reset="v = 0",
        method="exact",
        name="G",
    )
    neurons.v = [0.2, 0.5, 0.7, 0.9]
    among = Synapses(neurons, neurons, "w : 1", on_pre="v_post += w", name="R")
    among.connect("i != j")
    among.w, among.delay = 0.1, "0.1*(2*i + j)*ms"
    keys, trainable = [("G", "v"), ("G", "spikes")], [(among, "w")]
    net, duration = Network(neurons, among), 140 * 0.1 * ms
    options = {"batch_size": 2, "runs": 140 // steps}
    assert_fused_equals_plain(net, trainable, keys, duration, **options)
    whole = run_lowered(net, "plain", duration, keys, trainable, batch_size=2)
    apart = run_lowered(net, "fused", duration, keys, trainable, **options)
    assert_same(whole, apart)


def test_detached_resets(rng):
    assert_equal(*make_network(rng), rng, detach_reset=True)


def test_single_precision(rng):
    assert_equal(*make_network(rng), rng, dtype=torch.float32, tolerance=1e-3)


def test_records_of_what_does_not_change_in_a_run(rng):
    """An expression of trained parameters, of all neurons and of some."""
    equations = (
        "dv/dt = -g*v/(9*ms) : 1\ng : 1 (constant)\nfixed = exp(-g) : 1\nboth = fixed + v : 1"
    )
    group = NeuronGroup(5, equations, method="exact", name="group")
    group.g, group.v = rng.uniform(0.5, 2, 5), 1
    net, part = Network(group), group[2:4]
    keys = [(group, "fixed"), (part, "fixed"), (part, "both")]
    plain, fused = (
        run_lowered(net, lowering, 2 * ms, keys, [(group, "g")]) for lowering in ("plain", "fused")
    )
    for expected, found in zip(plain, fused, strict=True):
        assert expected and all(bool((value != 0).any()) for value in expected.values())
        torch.testing.assert_close(found, expected, rtol=1e-12, atol=0)


def test_what_is_not_covered_is_named(rng):
    net, trainable = make_network(rng)
    with pytest.raises(MirrorError, match="lowering='fused' does not cover.*smooth"):
        mirror = l2l.mirror(net, trainable, lowering="fused", smooth=True)
        mirror.run(1 * ms, inputs={"stimulus": np.zeros((1, 1, INPUTS))})


def linked(drive, reset, flag="(unless refractory)", other=None):
    """Return neurons with a link to the next one of the same group, or of another one."""
    group = NeuronGroup(
        6,
        f"dv/dt = ({drive})/(2*ms) + 0.5/ms : 1 {flag}\nlink : 1 (linked)",
        threshold="v > 1 + 0.01*abs(link)",
        reset=reset,
        refractory=0.5 * ms,
        method="euler",
        name="group" if other is None else "second",
    )
    group.link = linked_var(other or group, "v", index=[1, 2, 3, 4, 5, 0])
    group.v = "0.15*i"
    return group


def two_refractory_groups():
    """Return a group of which Brian2 reads through the index of its link who is refractory."""
    first = linked("2 - v", "v = 0")
    return [first, linked("2 - v", "v = 0", flag="", other=first)]


def connected(where, code):
    """Return neurons with synapses among each other."""
    group = linked("2 + 0*link - v", "v = 0")
    synapses = Synapses(group, group, on_pre=code, name="synapses")
    synapses.connect(where)
    return [group, synapses]


READ_OF_OTHERS = {
    "equations": lambda: [linked("link - v", "v = 0")],
    "reset": lambda: [linked("2 - v", "v = link/2")],
    "threshold": two_refractory_groups,
    "synapses": lambda: connected("i != j", "v_post += 0.01*v_pre"),
    "presynaptic": lambda: connected("i != j", "v_pre -= 0.01*v_post"),
    "one to one": lambda: connected("j == (i + 2) % 6", "v_post *= 1 - 0.1*v_pre"),
}


@pytest.mark.parametrize("made", READ_OF_OTHERS)
def test_lanes_that_read_what_others_change_are_left_to_the_plain_lowering(made):
    net = Network(READ_OF_OTHERS[made]())
    name = "second" if made == "threshold" else "group"
    key = (name, "v")
    with pytest.raises(MirrorError, match="through another index than"):
        run_lowered(net, "fused", 1 * ms, [key])
    records, _ = run_lowered(net, "auto", 10 * ms, [key, (name, "spikes")], batch_size=1)
    assert 10 < records[name, "spikes"].sum() < 300
    monitor = StateMonitor(net[name], "v", record=True, when="end")
    net.add(monitor)
    net.run(10 * ms)
    np.testing.assert_allclose(records[key][:, 0].numpy(), monitor.v.T, rtol=1e-12)
