"""What is the same at every step is computed once, and nothing else changes."""

import numpy as np
import pytest
import torch
from brian2 import Function, Network, NeuronGroup, SpikeGeneratorGroup, StateMonitor, Synapses, ms

from brian2_l2l.mirror.hoisting import hoist
from brian2_l2l.mirror.steps import base
from brian2_l2l.mirror.target import Target
from brian2_l2l.spec.recorder import record
from brian2_l2l.spec.specify import specify
from tests.claims.activity import assert_healthy
from tests.claims.fused_equals_plain import run_lowered
from tests.claims.mirror_equals_brian2 import assert_records_equal_brian2

TARGET = Target(exact=False, differentiable=True, dtype=torch.float64)


def hoisted(equations, method="euler", **options):
    """Return the state update of a group of three neurons, before and after."""
    group = NeuronGroup(3, equations, method=method, name="group", **options)
    spec = specify(record(Network(group), {}))
    (block,) = (block for block in spec.blocks if block.template == "stateupdate")
    return block, hoist(block, spec, TARGET)


def fixed(block):
    return [s for s in block.vector if s.target.startswith("_fixed")]


def test_the_decay_of_neurons_that_differ_is_a_statement_of_its_own():
    _, block = hoisted("dv/dt = -v/tau : 1\ntau : second (constant)", method="exact")
    (statement,) = fixed(block)
    assert str(statement.value).startswith("exp(") and "tau" in str(statement.value)
    assert all("exp" not in str(s.value) for s in block.vector if s is not statement)


def test_equal_parts_become_one_statement():
    _, block = hoisted("dv/dt = (exp(-a)*v + exp(-a)*I)/second : 1\nI : 1\na : 1 (constant)")
    assert [str(s.value) for s in fixed(block)].count("exp((- a))") == 1


@pytest.mark.parametrize(
    "equations",
    [
        "dv/dt = exp(-v)/second : 1",
        "dv/dt = exp(-u)/second : 1\ndu/dt = -u/second : 1",
        "dv/dt = a*exp(-t/second)/second : 1\na : 1 (constant)",
        "dv/dt = a/second + xi*second**-0.5 : 1\na : 1 (constant)",
        "dv/dt = own(a)/second : 1\na : 1 (constant)",
    ],
    ids=["itself", "another variable", "time", "noise", "a function of the user"],
)
def test_what_changes_stays(equations):
    own = Function(lambda a: a + 1, arg_units=[1], return_unit=1)
    block, after = hoisted(equations, namespace={"own": own})
    assert after.vector == block.vector


def make_network(seed):
    rng = np.random.default_rng(seed)
    source = SpikeGeneratorGroup(4, np.arange(40) % 4, np.arange(1, 41) * 0.5 * ms, name="source")
    group = NeuronGroup(
        5,
        """dv/dt = (I*exp(-g) - v)/tau : 1 (unless refractory)
        du/dt = -u/(2*tau) : 1
        total : 1
        I : 1 (constant)
        g : 1 (constant)
        tau : second (constant)""",
        threshold="v > 1/(1 + g) + u",
        reset="v = 0; u += 0.1",
        refractory=1 * ms,
        method="exponential_euler",
        name="group",
    )
    group.I, group.g = rng.uniform(1.2, 1.6, 5), rng.uniform(0.1, 0.4, 5)
    group.tau = rng.uniform(3, 8, 5) * ms
    synapses = Synapses(source, group, "w : 1", on_pre="v_post += w/(1 + w)", name="synapses")
    synapses.connect()
    synapses.w = rng.uniform(0, 0.2, 20)
    inner = Synapses(group, group, "total_post = exp(-d)*u_pre : 1 (summed)\nd : 1", name="inner")
    inner.connect()
    inner.d = rng.uniform(0, 1, 25)
    states = StateMonitor(group, "v", record=True, name="states")
    return Network(source, group, synapses, inner, states)


def gradients(net, lowering):
    trainable = [("synapses", "w"), ("group", "tau"), ("group", "I"), ("group", "g")]
    keys = [("group", "v"), ("group", "total"), ("group", "spikes")]
    return run_lowered(net, lowering, 15 * ms, keys, trainable)[1].values()


@pytest.mark.parametrize("lowering", ["plain", "fused"])
def test_gradients_are_the_same_as_without(lowering, seed, monkeypatch):
    net = make_network(seed)
    assert_healthy(net, "group", 15 * ms)
    found = [*gradients(net, lowering)]
    monkeypatch.setattr(base, "hoist", lambda block, spec, target: block)
    for after, before in zip(found, gradients(net, lowering), strict=True):
        assert bool((before != 0).any())
        torch.testing.assert_close(after, before, rtol=1e-9, atol=1e-12)


def test_nothing_changes_in_conformance(seed):
    net = make_network(seed)
    assert_records_equal_brian2(net, ("group", "v"), net["states"], 15 * ms)
