"""The seeds of a run, each from the run's seed and a place in it."""

from __future__ import annotations

import numpy as np


def evaluation_seed(seed: int, generation: int, individual: int) -> int:
    """Return the seed of one evaluation, from 0 to 2**32 - 1.

    It depends on nothing else, so that it does not matter who runs the evaluation, nor when.
    """
    return _draw(seed, generation, individual)


def search_seed(seed: int) -> int:
    """Return the seed of the search, from 0 to 2**32 - 1."""
    return _draw(seed)


def generation_seed(seed: int, generation: int) -> int:
    """Return the seed that a search draws one generation with, from 0 to 2**32 - 1."""
    return _draw(seed, generation)


def _draw(seed: int, *place: int) -> int:
    return int(np.random.SeedSequence(seed, spawn_key=place).generate_state(1)[0])
