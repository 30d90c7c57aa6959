"""The options of `evolve`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from brian2_l2l.training import check_count, check_flag
from brian2_l2l_plugins.l2l.evolution.searches import Search


@dataclass(frozen=True)
class Options:
    """How to search, and who evaluates.

    Attributes
    ----------
    generations : int
        How many populations to evaluate. A search that has converged ends before.
    population : int, optional
        Evaluations per generation; ``4 + 3*log(number of parameters)`` when left out.
    search : {'cmaes', 'nevergrad', 'optuna'} or callable
        What proposes values: the library of that name, or a function
        ``search(start, population, seed, **search_options)`` that returns an object with
        ``ask()``, ``tell(costs)``, ``state_dict()`` and ``load_state_dict(state)``.
    search_options : dict
        For cmaes ``sigma``, the standard deviation at the start as a part of the distance between
        the bounds (0.25), and ``lr_adapt`` for noisy costs; for nevergrad ``optimiser`` and
        ``budget``; for optuna ``sampler`` and ``sampler_options``.
    executor : {'processes', 'dask', 'serial'}
        Who evaluates: processes of this machine, a cluster of Dask, or this process.
    workers : int, optional
        The number of processes; that of the processors when left out.
    executor_options : dict
        ``tries``, how often an evaluation may end its process before it is an error (3). For dask
        also ``client``: a client, a cluster or an address, instead of a new cluster here.
    seed : int
        Decides the proposals and the seeds of all evaluations.
    checkpoint : path, optional
        The file to save to after every generation.
    resume : bool
        Whether to go on from `checkpoint` where there is one. The result is that of a run without
        a stop.
    """

    generations: int
    population: int | None = None
    search: str | Callable[..., Search] = "cmaes"
    search_options: Mapping[str, Any] = field(default_factory=dict)
    executor: str = "processes"
    workers: int | None = None
    executor_options: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    checkpoint: str | Path | None = None
    resume: bool = False

    def __post_init__(self) -> None:
        check_count("generations", self.generations)
        check_count("seed", self.seed, least=0)
        check_flag("resume", self.resume)
        if self.population is not None:
            check_count("population", self.population)
        if self.workers is not None:
            check_count("workers", self.workers)
