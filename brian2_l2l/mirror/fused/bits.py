"""Spikes as bits, 64 to a word, as the compiled programs have them."""

from __future__ import annotations

import numpy as np
import torch

from .layout import words

__all__ = ["pack", "pack_in_torch"]


def pack(fired: torch.Tensor) -> torch.Tensor:
    """Return booleans ``[..., neuron]`` as words ``[..., word]``."""
    if fired.device.type != "cpu":
        return pack_in_torch(fired)
    size = fired.shape[-1]
    padded = np.zeros((*fired.shape[:-1], words(size) * 64), dtype=bool)
    padded[..., :size] = fired.numpy()
    packed = np.packbits(padded, axis=-1, bitorder="little")
    return torch.from_numpy(packed.view(np.int64))


def pack_in_torch(fired: torch.Tensor) -> torch.Tensor:
    """Return booleans as words on any device."""
    whole = torch.nn.functional.pad(fired.long(), (0, -fired.shape[-1] % 64)).unflatten(
        -1, (-1, 64)
    )
    # No two of the numbers share a bit, so that their sum is their union.
    return (whole << torch.arange(64, device=fired.device)).sum(-1)
