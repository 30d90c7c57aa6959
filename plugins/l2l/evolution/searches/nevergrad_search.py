"""The optimisers of the package nevergrad."""

from __future__ import annotations

import numpy as np

from brian2_l2l.errors import TrainingError
from brian2_l2l.training import check_choice
from brian2_l2l_plugins.l2l.evolution.searches.search import Replayed


class NevergradSearch(Replayed):
    """Search with an optimiser of nevergrad.

    Parameters
    ----------
    start : array, shape (parameter,)
    population : int
    seed : int
    optimiser : str
        A name of ``nevergrad.optimizers.registry``.
    budget : int, optional
        The number of evaluations, which some optimisers, such as ``'NGOpt'``, need to know.
    """

    def __init__(
        self,
        start: np.ndarray,
        population: int,
        seed: int,
        *,
        optimiser: str = "TwoPointsDE",
        budget: int | None = None,
    ) -> None:
        try:
            import nevergrad
        except ImportError as error:
            raise TrainingError(
                "search='nevergrad' needs a package: pip install 'brian2_l2l[nevergrad]'."
            ) from error
        super().__init__()
        registry = nevergrad.optimizers.registry
        check_choice("optimiser", optimiser, sorted(registry))
        cube = nevergrad.p.Array(init=np.array(start, dtype=float), lower=0.0, upper=1.0)
        cube.random_state = np.random.RandomState(seed)
        self.population = population
        self._optimiser = registry[optimiser](cube, budget=budget, num_workers=population)

    def _ask(self) -> np.ndarray:
        self._candidates = [self._optimiser.ask() for _ in range(self.population)]
        return np.array([candidate.value for candidate in self._candidates])

    def _tell(self, costs: np.ndarray) -> None:
        for candidate, cost in zip(self._candidates, costs, strict=True):
            self._optimiser.tell(candidate, float(cost))
