"""The covariance matrix adaptation evolution strategy (CMA-ES), by the package cmaes.

The population is drawn from a normal distribution, whose mean, covariance and step size follow the
better half of it (Hansen 2016, arXiv 1604.00772).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from brian2_l2l.training import check_count, check_flag, check_positive
from brian2_l2l_plugins.l2l.evolution.seeds import generation_seed


class CmaesSearch:
    """Search with CMA-ES.

    Parameters
    ----------
    start : array, shape (parameter,)
        The mean at the start.
    population : int
        At least 2.
    seed : int
    sigma : float
        The standard deviation at the start, as a part of the distance between the bounds.
    lr_adapt : bool
        Whether to learn more slowly where costs are noisy (Nomura, Akimoto, Ono 2023, arXiv
        2304.03473).
    """

    def __init__(
        self,
        start: np.ndarray,
        population: int,
        seed: int,
        *,
        sigma: float = 0.25,
        lr_adapt: bool = False,
    ) -> None:
        check_count("population", population, least=2)
        check_positive("sigma", sigma)
        check_flag("lr_adapt", lr_adapt)
        # Hooks are called by every command: not before it is needed.
        from cmaes import CMA

        self.population, self.converged, self._seed = population, False, seed
        self._optimiser = CMA(
            mean=np.array(start, dtype=float),
            sigma=float(sigma),
            bounds=np.tile([0.0, 1.0], (len(start), 1)),
            population_size=population,
            lr_adapt=lr_adapt,
        )

    def ask(self) -> np.ndarray:
        """Return the points of the next generation; those outside the bounds are drawn again."""
        # A seed for each generation: the state of the generator is no part of the state.
        self._optimiser.reseed_rng(generation_seed(self._seed, self._optimiser.generation))
        self._points = np.array([self._optimiser.ask() for _ in range(self.population)])
        return self._points

    def tell(self, costs: np.ndarray) -> None:
        """Take the costs of these points."""
        self._optimiser.tell(list(zip(self._points, map(float, costs), strict=True)))
        self.converged = bool(self._optimiser.should_stop())
        # The library saves one half of the covariance, the other may differ by rounding. What goes
        # on here must be what goes on after a resume.
        self.load_state_dict(self.state_dict())

    def state_dict(self) -> dict[str, Any]:
        """Return the state of the optimiser, in tensors and numbers."""
        state = self._optimiser.__getstate__()
        return {
            "converged": self.converged,
            "optimiser": {name: _plain(value) for name, value in state.items()},
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state_dict` returned."""
        self.converged = state["converged"]
        kind = type(self._optimiser)
        self._optimiser = kind.__new__(kind)
        self._optimiser.__setstate__(
            {name: _array(value) for name, value in state["optimiser"].items()}
        )


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return torch.from_numpy(value.copy())
    return value.item() if isinstance(value, np.generic) else value


def _array(value: Any) -> Any:
    return value.numpy().copy() if isinstance(value, torch.Tensor) else value
