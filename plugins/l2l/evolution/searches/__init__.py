"""The searches, by the names that users give; each is one file for one library."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from importlib import metadata
from typing import Any

import numpy as np

from brian2_l2l.training import check_arguments, check_choice
from brian2_l2l_plugins.l2l.evolution.searches.cmaes_search import CmaesSearch
from brian2_l2l_plugins.l2l.evolution.searches.nevergrad_search import NevergradSearch
from brian2_l2l_plugins.l2l.evolution.searches.optuna_search import OptunaSearch
from brian2_l2l_plugins.l2l.evolution.searches.search import Search

__all__ = ["SEARCHES", "Search", "default_population", "library_version", "make_search"]

#: The names, which are those of the libraries too.
SEARCHES = {"cmaes": CmaesSearch, "nevergrad": NevergradSearch, "optuna": OptunaSearch}


def make_search(
    search: str | Callable[..., Search],
    start: np.ndarray,
    population: int,
    seed: int,
    options: Mapping[str, Any],
) -> Search:
    """Make a search.

    Parameters
    ----------
    search : str or callable
        A name of `SEARCHES`, or a function like one: ``search(start, population, seed, **options)``
        returns a `Search`.
    start : array, shape (parameter,)
        Where it begins, in the unit cube.
    population : int
    seed : int
    options : dict

    Raises
    ------
    TrainingError
        If there is no such search, it has no such option, or its library is missing.
    """
    if not callable(search):
        check_choice("search", search, SEARCHES)
    make = search if callable(search) else SEARCHES[search]
    name = getattr(make, "__name__", search) if callable(search) else search
    check_arguments(f"search {name!r}", make, options, taken=("start", "population", "seed"))
    return make(start, population, seed, **options)


def default_population(dimension: int) -> int:
    """Return the population that Hansen 2016 (arXiv 1604.00772, table 1) gives a dimension."""
    return 4 + math.floor(3 * math.log(dimension))


def library_version(search: str | Callable[..., Search]) -> str | None:
    """Return the version of a search's library, or None for the user's own search."""
    return metadata.version(search) if search in SEARCHES else None
