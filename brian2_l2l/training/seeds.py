"""Everything that is random in training: seed it, save it, put it back."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch


def seed_everything(seed: int) -> None:
    """Seed torch (all devices), NumPy's global generator (which Brian2 draws from) and Python's.

    Parameters
    ----------
    seed : int
        From 0 to 2**32 - 1, the range that NumPy takes.
    """
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def order_generator(seed: int | None = None) -> torch.Generator:
    """Return the generator that training draws its data order from.

    Without a seed it takes one from torch's global generator, so that `seed_everything` or
    ``torch.manual_seed`` decides the data order too.
    """
    if seed is None:
        seed = int(torch.randint(2**62, (), device="cpu"))
    return torch.Generator().manual_seed(seed)


def random_state() -> dict[str, Any]:
    """Return the state of all generators that `seed_everything` seeds, as plain values."""
    _, keys, position, has_gauss, gauss = np.random.get_state(legacy=True)
    return {
        "python": random.getstate(),
        "numpy": (torch.from_numpy(keys.astype(np.int64)), position, has_gauss, gauss),
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else [],
    }


def restore_random_state(state: dict[str, Any]) -> None:
    """Put back what `random_state` returned."""
    random.setstate(state["python"])
    keys, *rest = state["numpy"]
    np.random.set_state(("MT19937", keys.numpy().astype(np.uint32), *rest))
    torch.set_rng_state(state["torch"])
    for device, device_state in enumerate(state["cuda"]):
        torch.cuda.set_rng_state(device_state, device)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Leave all generators as they were before the block."""
    state = random_state()
    try:
        yield
    finally:
        restore_random_state(state)
