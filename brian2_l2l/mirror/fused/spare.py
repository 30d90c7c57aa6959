"""Memory of the CPU that is used again: new memory comes page by page, which takes time."""

from __future__ import annotations

import weakref
from collections import defaultdict
from collections.abc import Sequence
from math import prod

import numpy as np
import torch

__all__ = ["empty"]

#: The bytes that are kept at most.
MOST = 2**25

#: Blocks by their size. Tensors may go while something here is at work, so that there is no lock:
#: every change is a single step of the interpreter.
_spare: defaultdict[int, list[np.ndarray]] = defaultdict(list)


def empty(shape: Sequence[int], dtype: torch.dtype, device: torch.device) -> torch.Tensor:
    """Return a tensor with any values, like ``torch.empty``; its memory is kept when it is gone.

    Parameters
    ----------
    shape : sequence of int
    dtype : torch.dtype
    device : torch.device
        Others than the CPU have torch's own memory, which is kept as well.
    """
    size = prod(shape) * dtype.itemsize
    if device.type != "cpu" or not size:
        return torch.empty(tuple(shape), dtype=dtype, device=device)
    block = _take(size)
    # The tensor, and all that are views of it, own this view of the block.
    owned = block[:]
    weakref.finalize(owned, _give, block)
    return torch.from_numpy(owned).view(dtype).view(tuple(shape))


def _take(size: int) -> np.ndarray:
    try:
        return _spare[size].pop()
    except IndexError:
        return np.empty(size, np.uint8)


def _give(block: np.ndarray) -> None:
    kept = sum(size * len(blocks) for size, blocks in tuple(_spare.items()))
    if kept + len(block) <= MOST:
        _spare[len(block)].append(block)
