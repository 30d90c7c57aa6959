"""How sure means are."""

import torch

__all__ = ["half_widths"]


def half_widths(values: torch.Tensor) -> torch.Tensor:
    """Give half the widths of the intervals of 95 % confidence of means over the last axis."""
    return 1.96 * values.std(-1) / values.shape[-1] ** 0.5
