"""Lanes: every write has the value that Brian2's loop over events has, in its order."""

import numpy as np
import pytest
import torch

from brian2_l2l.mirror.gates import Form
from brian2_l2l.mirror.lanes import EventLanes, StaticLanes, ranks
from brian2_l2l.mirror.random import NumpyRandom
from brian2_l2l.mirror.state import State

BATCH, TARGETS, SYNAPSES, EVENTS = 3, 5, 40, 60


def make_state(rng, dtype=torch.float64):
    state = State(BATCH, dtype, torch.device("cpu"), NumpyRandom.seeded(1, BATCH, dtype))
    # Values of very different size, so that another order of sums gives other last bits.
    values = rng.normal(size=(BATCH, TARGETS)) * 10.0 ** rng.integers(-8, 8, (BATCH, TARGETS))
    state.arrays["v"] = torch.as_tensor(values, dtype=dtype)
    state.arrays["post"] = torch.as_tensor(rng.integers(0, TARGETS, SYNAPSES), dtype=torch.int32)
    state.arrays["w"] = torch.as_tensor(rng.normal(size=SYNAPSES), dtype=dtype)
    state.arrays["shared"] = torch.tensor([2.5], dtype=dtype)
    return state


def random_events(rng):
    trial = np.sort(rng.integers(0, BATCH, EVENTS))
    return torch.as_tensor(trial), torch.as_tensor(rng.integers(0, SYNAPSES, EVENTS))


def added(rng, size):
    return torch.as_tensor(rng.normal(size=size) * 10.0 ** rng.integers(-8, 8, size))


UFUNCS = {"+=": np.add, "-=": np.subtract, "*=": np.multiply, "/=": np.divide}


@pytest.mark.parametrize("op", UFUNCS)
def test_events_change_elements_as_numpys_at_does(rng, op):
    state = make_state(rng)
    trial, synapse = random_events(rng)
    value, before = added(rng, EVENTS), state.arrays["v"].numpy().copy()
    EventLanes(state, trial, synapse).update(op, "v", ("post",), value)
    post = state.arrays["post"].numpy()[synapse.numpy()]
    UFUNCS[op].at(before, (trial.numpy(), post), value.numpy())
    np.testing.assert_array_equal(state.arrays["v"], before)


@pytest.mark.parametrize("op", UFUNCS)
def test_static_lanes_change_elements_as_numpys_at_does(rng, op):
    state = make_state(rng)
    order = torch.as_tensor(rng.permutation(SYNAPSES))
    value, expected = added(rng, (BATCH, SYNAPSES)), state.arrays["v"].numpy().copy()
    StaticLanes(state, SYNAPSES, order).update(op, "v", ("post",), value)
    post = state.arrays["post"].numpy()[order.numpy()]
    for k in range(BATCH):
        UFUNCS[op].at(expected[k], post, value[k].numpy())
    np.testing.assert_array_equal(state.arrays["v"], expected)


def test_the_order_of_sums_matters_here(rng):
    # Otherwise the tests above would not see a wrong order.
    state = make_state(rng)
    value = added(rng, SYNAPSES)
    results = []
    for order in (torch.arange(SYNAPSES), torch.arange(SYNAPSES - 1, -1, -1)):
        other = make_state(np.random.default_rng(0))
        other.arrays |= {name: state.arrays[name].clone() for name in ("v", "post")}
        StaticLanes(other, SYNAPSES, order).update("+=", "v", ("post",), value[order])
        results.append(other.arrays["v"])
    assert torch.allclose(*results, rtol=0, atol=1e-3) and not torch.equal(*results)


@pytest.mark.parametrize("op", ["=", "+=", "*="])
def test_a_condition_keeps_lanes_out(rng, op):
    trial, synapse = random_events(rng)
    value, where = added(rng, EVENTS), torch.as_tensor(rng.random(EVENTS) < 0.5)
    state, other = make_state(np.random.default_rng(5)), make_state(np.random.default_rng(5))
    EventLanes(state, trial, synapse).update(op, "v", ("post",), value, where=where)
    kept = EventLanes(other, trial[where], synapse[where])
    kept.update(op, "v", ("post",), value[where])
    assert torch.equal(state.arrays["v"], other.arrays["v"])
    assert not torch.equal(state.arrays["v"], make_state(np.random.default_rng(5)).arrays["v"])


@pytest.mark.parametrize("op", ["=", "+=", "-=", "*=", "/="])
def test_gated_lanes_equal_events(rng, op):
    """What the differentiable program does with gates is what lists of events do."""
    gate = torch.as_tensor(rng.random((BATCH, SYNAPSES)) < 0.3, dtype=torch.float64)
    value = added(rng, SYNAPSES)
    states = [make_state(np.random.default_rng(5)) for _ in range(2)]
    StaticLanes(states[0], SYNAPSES, gate=gate).update(op, "v", ("post",), value)
    trial, synapse = gate.nonzero(as_tuple=True)
    EventLanes(states[1], trial, synapse).update(op, "v", ("post",), value[synapse])
    np.testing.assert_array_equal(states[0].arrays["v"], states[1].arrays["v"])


def test_rounds_reach_each_element_once(rng):
    state = make_state(rng)
    trial, synapse = random_events(rng)
    seen = []
    for lanes, chosen in EventLanes(state, trial, synapse).rounds([("post",)]):
        post = state.arrays["post"][lanes.element]
        places = list(zip(lanes.trial.tolist(), post.tolist(), strict=True))
        assert len(set(places)) == len(places)
        assert bool((chosen.diff() > 0).all())
        seen += chosen.tolist()
    assert sorted(seen) == list(range(EVENTS))


def test_ranks_count_earlier_lanes_of_the_same_element(rng):
    trial, synapse = random_events(rng)
    expected = [
        sum((trial[j], synapse[j]) == (trial[k], synapse[k]) for j in range(k))
        for k in range(EVENTS)
    ]
    assert max(expected) > 0
    assert ranks([synapse], trial).tolist() == expected
    one_by_one = ranks([synapse, synapse], trial)
    assert one_by_one.tolist() == [int((trial[:k] == trial[k]).sum()) for k in range(EVENTS)]


def test_reading_goes_through_all_indices(rng):
    state = make_state(rng)
    state.arrays["next"] = torch.arange(SYNAPSES - 1, -1, -1, dtype=torch.int32)
    v, post = state.arrays["v"], state.arrays["post"].long()
    static = StaticLanes(state, SYNAPSES)
    assert torch.equal(static.read("v", ("post",)), v[:, post])
    assert torch.equal(static.read("v", ("next", "post")), v[:, post.flip(0)])
    assert torch.equal(static.read("w", ()), state.arrays["w"])
    trial, synapse = random_events(rng)
    events = EventLanes(state, trial, synapse)
    assert torch.equal(events.read("v", ("post",)), v[trial, post[synapse]])
    assert torch.equal(events.read("w", ()), state.arrays["w"][synapse])
    assert events.read_scalar("shared").tolist() == [2.5]


def test_writing_blends_by_the_gate(rng):
    state = make_state(rng)
    before = state.arrays["v"].clone()
    gate = torch.as_tensor(rng.random((BATCH, TARGETS)) < 0.5, dtype=torch.float64)
    StaticLanes(state, TARGETS, gate=gate).write("v", (), 7.0)
    assert torch.equal(state.arrays["v"], torch.where(gate > 0.5, 7.0, before))
    assert 0 < gate.mean() < 1


def test_a_smooth_gate_writes_a_part(rng):
    state = make_state(rng)
    before = state.arrays["v"].clone()
    gate = torch.as_tensor(rng.random((BATCH, TARGETS)))
    StaticLanes(state, TARGETS, gate=gate, form=Form(smooth=True)).write("v", (), 7.0)
    torch.testing.assert_close(state.arrays["v"], before + gate * (7.0 - before))


def test_writing_leaves_the_old_tensor_alone(rng):
    state = make_state(rng)
    old, copy = state.arrays["v"], state.arrays["v"].clone()
    lanes = StaticLanes(state, SYNAPSES)
    lanes.update("+=", "v", ("post",), state.arrays["w"])
    lanes.write("v", ("post",), state.arrays["w"])
    assert torch.equal(old, copy) and not torch.equal(state.arrays["v"], copy)


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_tables_are_looked_up_by_row_trial_and_column(rng, rank):
    state = make_state(rng)
    shape = {1: (6,), 2: (6, TARGETS), 3: (6, BATCH, TARGETS)}[rank]
    table = torch.as_tensor(rng.normal(size=shape))
    column = None if rank == 1 else torch.arange(TARGETS)
    found = StaticLanes(state, TARGETS).look_up(table, 4, column, rank > 1)
    assert torch.equal(found, table[4])
    trial, element = torch.tensor([0, 2, 2]), torch.tensor([1, 0, 4])
    column = None if rank == 1 else element
    found = EventLanes(state, trial, element).look_up(table, 4, column, rank > 1)
    expected = {1: lambda: table[4], 2: lambda: table[4, element]}
    assert torch.equal(found, expected.get(rank, lambda: table[4, trial, element])())
