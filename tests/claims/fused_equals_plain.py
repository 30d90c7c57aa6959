"""The claim that the fused lowering does what the plain one does: spikes, values, gradients."""

from __future__ import annotations

import torch

from validation.lowerings.differences import gradient_difference, value_difference
from validation.lowerings.running import count_spikes, run_lowered

__all__ = ["assert_fused_equals_plain", "assert_same", "run_lowered"]

#: Sums are made in another order, and libraries differ in the last places of exp() and the like.
VALUES, GRADIENTS = 1e-7, 1e-9


def assert_fused_equals_plain(net, trainable, keys, duration, tolerance=GRADIENTS, **options):
    """Assert that both lowerings give the same spikes, values and gradients, and not zeros."""
    expected, found = (
        run_lowered(net, lowering, duration, keys, trainable, **options)
        for lowering in ("plain", "fused")
    )
    assert assert_same(expected, found, tolerance) > 10
    for name, gradient in expected[1].items():
        assert float(gradient.norm()) > 0, f"the gradient of {name} is zero"


def assert_same(expected, found, tolerance=GRADIENTS) -> int:
    """Assert that two results of `run_lowered` agree; return the number of spikes."""
    (records, gradients), (others, other_gradients) = expected, found
    for key, value in records.items():
        if key[1] == "spikes":
            assert torch.equal(others[key], value), f"{key}: other spikes"
        error = value_difference(value, others[key])
        assert error <= max(VALUES, tolerance), f"{key} differs by {error:.2g}"
    for name, gradient in gradients.items():
        error = gradient_difference(gradient, other_gradients[name])
        assert error < tolerance, f"the gradient of {name} differs by {error:.2g}"
    return count_spikes(records)
