"""Records of variables, spikes and their sums."""

import pytest
import torch
from brian2 import Network, NeuronGroup, ms

import brian2_l2l as l2l
from brian2_l2l.errors import MirrorError
from tests.mirror.networks import DURATION, STEPS, make_network


@pytest.fixture
def made(rng):
    return make_network(rng)


@pytest.fixture
def mirror(made):
    return l2l.mirror(made.net, dtype=torch.float64, batch_size=3)


def test_reductions_are_those_of_the_whole_record(made, mirror):
    keys = [("neurons", "v"), ("neurons", "spikes"), ("neurons", "B"), ("R", "x")]
    reduced = [(*key, how) for key in keys for how in ("sum", "mean", "last")]
    record = mirror.run(DURATION, record=[*keys, *reduced], seed=1)
    assert set(record) == {*keys, *reduced} and len(record) == 16
    for key in keys:
        whole = record[key]
        assert whole.shape[:2] == (STEPS, 3)
        torch.testing.assert_close(record[(*key, "sum")], whole.sum(0))
        torch.testing.assert_close(record[(*key, "mean")], whole.mean(0))
        torch.testing.assert_close(record[(*key, "last")], whole[-1])


def test_parts_of_groups(made, mirror):
    part = made.neurons[2:5]
    keys = [(part, "v"), (part, "spikes"), (part, "B"), ("neurons", "v"), ("neurons", "spikes")]
    record = mirror.run(DURATION, record=[*keys, ("neurons", "B")], seed=1)
    for name in ("v", "spikes", "B"):
        assert torch.equal(record[part, name], record["neurons", name][:, :, 2:5])


def test_what_is_not_changed_or_not_used_can_be_recorded(made, mirror):
    equations = """
    dv/dt = -v/ms : 1
    unused : 1
    twice = 2*unused : 1
    one : 1 (shared)
    both = 2*one : 1 (shared)
    """
    group = NeuronGroup(2, equations, name="G")
    group.unused, group.one = [3, 4], 5
    record = l2l.mirror(Network(group)).run(
        1 * ms,
        record=[("G", n) for n in ("unused", "i", "one", "both")] + [("G", "twice", "last")],
    )
    assert record["G", "unused"][3, 0].tolist() == [3, 4]
    assert record["G", "twice", "last"][0].tolist() == [6, 8]
    assert record["G", "i"][0, 0].tolist() == [0, 1]
    assert record["G", "one"][:, 0].tolist() == [[5]] * 10
    assert record["G", "both"][0, 0].tolist() == [10]


def test_custom_events(rng):
    group = NeuronGroup(
        4, "dv/dt = 1/ms : 1", events={"crossing": "v > 1"}, name="G", method="euler"
    )
    group.run_on_event("crossing", "v = 0")
    group.v = rng.random(4)
    record = l2l.mirror(Network(group)).run(3 * ms, record=[("G", "crossing"), ("G", "v")])
    assert 4 < float(record["G", "crossing"].sum()) < 20
    assert float(record["G", "v"][record["G", "crossing"] > 0].abs().max()) == 0


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("v", "write \\(group, 'variable'\\)"),
        (("neurons",), "write \\(group, 'variable'\\)"),
        (("nurons", "v"), "Did you mean 'neurons'"),
        (("neurons", "vv"), "has no variable 'vv'"),
        (("neurons", "v", "som"), "no reduction 'som'. Did you mean 'sum'"),
        (("S", "spikes"), "does not spike"),
    ],
    ids=str,
)
def test_bad_keys_are_named(mirror, key, message):
    with pytest.raises(MirrorError, match=message):
        mirror.run(DURATION, record=[key])


def test_groups_of_other_clocks(rng):
    slow = NeuronGroup(1, "dv/dt = 1/ms : 1", dt=0.5 * ms, method="euler", name="slow")
    fast = NeuronGroup(1, "dv/dt = 1/ms : 1", dt=0.1 * ms, method="euler", name="fast")
    record = l2l.mirror(Network(slow, fast)).run(2 * ms, record=[(slow, "v"), (fast, "v")])
    assert record["slow", "v"].shape[0] == 4 and record["fast", "v"].shape[0] == 20
    torch.testing.assert_close(record["slow", "v"][-1], record["fast", "v"][-1])
