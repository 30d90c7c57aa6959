"""Spikes as bits, 64 to a word, as the compiled programs have them."""

from __future__ import annotations

import numpy as np
import torch

__all__ = ["pack", "unpack"]


def pack(fired: torch.Tensor) -> torch.Tensor:
    """Return booleans ``[..., neuron]`` as words ``[..., word]``."""
    size = fired.shape[-1]
    padded = np.zeros((*fired.shape[:-1], (size + 63) // 64 * 64), dtype=bool)
    padded[..., :size] = fired.numpy()
    packed = np.packbits(padded, axis=-1, bitorder="little")
    return torch.from_numpy(packed.view(np.int64))


def unpack(words: torch.Tensor, size: int) -> torch.Tensor:
    """Return words as booleans."""
    bits = np.unpackbits(words.numpy().view(np.uint8), axis=-1, bitorder="little")
    return torch.from_numpy(bits[..., :size].astype(bool))
