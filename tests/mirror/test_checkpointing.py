"""Segments of time that are computed again: the same values and gradients, less memory."""

import pytest
import torch

import brian2_l2l as l2l
from brian2_l2l.mirror.checkpointing import segment_length
from brian2_l2l.mirror.loop import Interval
from tests.mirror.networks import DURATION, make_network

KEYS = [("neurons", "v"), ("neurons", "spikes", "mean"), ("neurons", "B", "last"), ("R", "x")]


def run(mirror):
    mirror.zero_grad()
    record = mirror.run(DURATION, record=KEYS, seed=1)
    sum(value.square().sum() for value in record.values()).backward()
    return dict(record), [parameter.grad.clone() for parameter in mirror.parameters()]


@pytest.mark.parametrize("fidelity", ["training", "conformance"])
def test_segments_change_nothing(fidelity, rng):
    made = make_network(rng)
    trainable = [(made.S, "w"), (made.R, "w"), (made.neurons, "tau")]
    options = {"batch_size": 3, "fidelity": fidelity, "dtype": torch.float64}
    expected = run(l2l.mirror(made.net, trainable, **options))
    assert float(expected[0]["neurons", "spikes", "mean"].max()) > 0
    for checkpoint in (1, 7, "auto", 299, 300, 1000):
        found = run(l2l.mirror(made.net, trainable, checkpoint=checkpoint, **options))
        for key in KEYS:
            assert torch.equal(found[0][key], expected[0][key]), (checkpoint, key)
        pairs = zip(found[1], expected[1], strict=True)
        assert all(torch.equal(*pair) for pair in pairs), checkpoint


def test_segments_keep_less_memory(rng):
    made = make_network(rng)
    kept = {}
    for checkpoint in (None, "auto"):
        mirror = l2l.mirror(made.net, [(made.S, "w")], batch_size=8, checkpoint=checkpoint)
        sizes = {}

        def note(tensor, sizes=sizes):
            sizes[tensor.data_ptr()] = tensor.numel() * tensor.element_size()
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
            record = mirror.run(DURATION, record=[("neurons", "v", "sum")], seed=1)
        kept[checkpoint] = sum(sizes.values())
        del record
    assert kept["auto"] < kept[None] / 5


def test_the_length_of_segments():
    clocks = {"slow": Interval(0, 20, 1e-3), "fast": Interval(10, 210, 1e-4)}
    assert segment_length("auto", clocks) == 14
    assert segment_length(9, clocks) == 9 and segment_length(None, clocks) is None
