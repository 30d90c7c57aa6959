"""The samplers of the package optuna."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from brian2_l2l.errors import TrainingError
from brian2_l2l.training import check_choice
from brian2_l2l_plugins.l2l.evolution.searches.search import Replayed


class OptunaSearch(Replayed):
    """Search with a sampler of optuna.

    Parameters
    ----------
    start : array, shape (parameter,)
        The first point of the first generation.
    population : int
    seed : int
    sampler : str
        A class of ``optuna.samplers`` that takes a seed.
    sampler_options : dict, optional
        Its other arguments.
    """

    def __init__(
        self,
        start: np.ndarray,
        population: int,
        seed: int,
        *,
        sampler: str = "TPESampler",
        sampler_options: Mapping[str, Any] | None = None,
    ) -> None:
        try:
            import optuna
        except ImportError as error:
            raise TrainingError(
                "search='optuna' needs a package: pip install 'brian2_l2l[optuna]'."
            ) from error
        super().__init__()
        known = [name for name in optuna.samplers.__all__ if name.endswith("Sampler")]
        check_choice("sampler", sampler, known)
        make = getattr(optuna.samplers, sampler)
        self.population = population
        self._names = [f"x{k}" for k in range(len(start))]
        self._cube = {name: optuna.distributions.FloatDistribution(0, 1) for name in self._names}
        # It would be logged that there is a new study.
        verbosity = optuna.logging.get_verbosity()
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._study = optuna.create_study(sampler=make(seed=seed, **(sampler_options or {})))
        optuna.logging.set_verbosity(verbosity)
        self._study.enqueue_trial(dict(zip(self._names, map(float, start), strict=True)))

    def _ask(self) -> np.ndarray:
        self._trials = [self._study.ask(self._cube) for _ in range(self.population)]
        return np.array([[trial.params[name] for name in self._names] for trial in self._trials])

    def _tell(self, costs: np.ndarray) -> None:
        for trial, cost in zip(self._trials, costs, strict=True):
            self._study.tell(trial, float(cost))
