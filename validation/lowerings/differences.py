"""How far two results of `run_lowered` are from each other."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from .running import Tensors

__all__ = ["Difference", "difference", "gradient_difference", "value_difference"]


@dataclass(frozen=True)
class Difference:
    """
    How far two results are from each other.

    Attributes
    ----------
    spikes : int
        The neurons and trials with other spikes.
    values, gradients : float
        The largest of `value_difference` and `gradient_difference`.
    """

    spikes: int
    values: float
    gradients: float


def difference(expected: tuple[Tensors, Tensors], found: tuple[Tensors, Tensors]) -> Difference:
    """Compare two results."""
    (records, gradients), (others, other_gradients) = expected, found
    spikes, values = 0, 0.0
    for key, value in records.items():
        if key[1] == "spikes":
            spikes += int((others[key] != value).sum())
        else:
            values = max(values, value_difference(value, others[key]))
    each = (gradient_difference(g, other_gradients[name]) for name, g in gradients.items())
    return Difference(spikes, values, max(each, default=0.0))


def value_difference(expected: torch.Tensor, found: torch.Tensor) -> float:
    """
    Give the largest difference, relative to the size of a value and that of the largest one.

    Values of another shape differ infinitely, and so do gradients.
    """
    if found.shape != expected.shape:
        return torch.inf
    expected, found = expected.double(), found.double()
    # Equal infinities, and what is no number in both, do not differ.
    same = (expected == found) | (expected.isnan() & found.isnan())
    if bool(same.all()):
        return 0.0
    scale = expected[expected.isfinite()].abs().max() if bool(expected.isfinite().any()) else 0.0
    relative = ((found - expected).abs() / (expected.abs() + scale))[~same]
    return float(relative.nan_to_num(nan=torch.inf).max())


def gradient_difference(expected: torch.Tensor, found: torch.Tensor) -> float:
    """
    Give the norm of the difference, relative to the norm.

    Gradients that are not finite, in both, say nothing.
    """
    if found.shape != expected.shape:
        return torch.inf
    expected, found = expected.double(), found.double()
    if not bool(expected.isfinite().all()):
        return torch.inf if bool(found.isfinite().all()) else 0.0
    if not bool(found.isfinite().all()):
        return torch.inf
    norm = float(expected.norm())
    if norm == 0:
        return torch.inf if bool(found.any()) else 0.0
    return float((found - expected).norm()) / norm
