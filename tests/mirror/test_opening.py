"""Guarded writes: what a closed guard throws away is never computed, so that no NaN comes back."""

import pytest
import torch
from brian2 import Network, NeuronGroup, SpikeGeneratorGroup, StateMonitor, Synapses, ms

import brian2_l2l as l2l
from brian2_l2l.mirror.opening import open_guards
from brian2_l2l.mirror.steps import base
from brian2_l2l.spec.expressions import names_in
from brian2_l2l.spec.recorder import record
from brian2_l2l.spec.specify import specify
from tests.claims.activity import assert_healthy
from tests.claims.mirror_equals_brian2 import assert_records_equal_brian2


def make_network(method="exponential_euler"):
    source = SpikeGeneratorGroup(2, [0, 1, 0, 1], [1, 2, 6, 7] * ms, name="source")
    group = NeuronGroup(
        3,
        # With a second truth value Brian2 does not write the two branches apart.
        """dv/dt = (I - v + g*int(on)*(2 - v))/tau : 1 (unless refractory)
        I : 1 (constant)
        g : 1 (constant)
        tau : second (constant)
        on : boolean (constant)""",
        threshold="v > 1",
        reset="v = 0",
        refractory=2 * ms,
        method=method,
        name="group",
    )
    group.I, group.tau, group.g, group.on = [1.2, 1.4, 1.6], 5 * ms, 0.1, [True, False, True]
    synapses = Synapses(source, group, "w : 1", on_pre="v_post += w", name="synapses")
    synapses.connect()
    synapses.w = 0.3
    return Network(source, group, synapses, StateMonitor(group, "v", record=True, name="states"))


def gradients(net):
    trainable = [("synapses", "w"), ("group", "tau"), ("group", "I")]
    mirror = l2l.mirror(net, trainable=trainable, dtype=torch.float64)
    record = mirror.run(12 * ms, record=[("group", "v"), ("group", "spikes")])
    value = record[("group", "v")].sum() + record[("group", "spikes")].sum()
    return torch.autograd.grad(value, tuple(mirror.parameters()))


@pytest.mark.filterwarnings("ignore:invalid value encountered in divide")
def test_the_gradient_of_exponential_euler_is_finite_and_would_not_be(monkeypatch):
    net = make_network()
    assert_healthy(net, "group", 12 * ms)
    for gradient in gradients(net):
        assert bool(torch.isfinite(gradient).all()) and bool((gradient != 0).any())
    # The trap itself: 0/0 where the guard is closed, thrown away, and yet in the gradient.
    monkeypatch.setattr(base, "open_guards", lambda block: block)
    assert any(bool(torch.isnan(gradient).any()) for gradient in gradients(net))


@pytest.mark.filterwarnings("ignore:invalid value encountered in divide")
@pytest.mark.parametrize("method", ["exponential_euler", "euler", "rk2"])
def test_the_values_that_are_kept_do_not_change(method):
    net = make_network(method)
    assert_records_equal_brian2(net, ("group", "v"), net["states"], 12 * ms)


def statements_of(equations, **options):
    group = NeuronGroup(2, equations, threshold="v > 1", refractory=2 * ms, name="group", **options)
    spec = specify(record(Network(group), {}))
    (block,) = (block for block in spec.blocks if block.template == "stateupdate")
    return block, {s.target: s for s in open_guards(block).vector}


def test_only_what_serves_guarded_writes_is_opened():
    block, opened = statements_of(
        "dv/dt = (w - v)/(5*ms) : 1 (unless refractory)\ndw/dt = -w/(5*ms) : 1", method="euler"
    )
    plain = {s.target: s for s in block.vector}
    assert "not_refractory" in names_in(plain["_v"].value)
    assert "not_refractory" not in names_in(opened["_v"].value)
    assert opened["_w"] == plain["_w"] and opened["w"] == plain["w"]
    assert opened["not_refractory"] == plain["not_refractory"]


def test_a_guard_that_is_used_as_a_value_stays():
    block, opened = statements_of(
        "dv/dt = -v/(5*ms) : 1 (unless refractory)\ndw/dt = int(not_refractory)/(5*ms) : 1",
        method="euler",
    )
    assert "not_refractory" in names_in(opened["_w"].value)
    assert "not_refractory" not in names_in(opened["_v"].value)


def test_a_block_without_guards_stays_as_it_is():
    group = NeuronGroup(2, "dv/dt = -v/(5*ms) : 1", method="euler", name="group")
    (block,) = specify(record(Network(group), {})).blocks
    assert open_guards(block) == block
