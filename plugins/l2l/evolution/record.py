"""What has been evaluated so far, and the result that is made of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from brian2 import Quantity

from brian2_l2l_plugins.l2l.evolution.parameters import Parameter, values_at
from brian2_l2l_plugins.l2l.evolution.seeds import evaluation_seed


@dataclass(frozen=True, eq=False)
class EvolutionResult:
    """The course of one evolution.

    Attributes
    ----------
    best : dict
        Name of the parameter -> value, of the evaluation with the lowest cost.
    best_cost : float
        Its cost.
    best_seed : int
        Its seed: ``inner(best, best_seed)`` is `best_cost` again.
    history : tuple of dict
        One row per generation: ``'iteration'`` (from 1), ``'cost'`` (the lowest of the
        generation), ``'mean_cost'``, ``'best_cost'`` (the lowest so far) and ``'failed'`` (the
        number of evaluations that raised, or had no finite cost).
    stopped_by : {'generations', 'convergence'}
        Why it ended.
    values : dict
        Name of the parameter -> all its values, ``[generation, individual]``.
    costs : array, shape (generation, individual)
        All costs; those of evaluations that raised are NaN.
    """

    best: dict[str, Quantity | float]
    best_cost: float
    best_seed: int
    history: tuple[dict[str, Any], ...]
    stopped_by: str
    values: dict[str, Any]
    costs: np.ndarray


class Record:
    """All points and costs of the generations that are completed.

    Parameters
    ----------
    parameters : sequence of Parameter
    seed : int
        Of the run.
    """

    def __init__(self, parameters: Sequence[Parameter], seed: int) -> None:
        self._parameters, self._seed = parameters, seed
        self._points: list[np.ndarray] = []
        self._costs: list[np.ndarray] = []
        self.history: list[dict[str, Any]] = []

    @property
    def generations(self) -> int:
        """The number of generations."""
        return len(self._costs)

    def add(self, points: np.ndarray, costs: np.ndarray) -> dict[str, Any]:
        """Take note of a generation, and return its row of the history.

        Parameters
        ----------
        points : array, shape (individual, parameter)
            In the unit cube.
        costs : array, shape (individual,)
            At least one is finite.
        """
        finite = costs[np.isfinite(costs)]
        self._points.append(np.array(points, dtype=float))
        self._costs.append(np.array(costs, dtype=float))
        row = {
            "iteration": self.generations,
            "cost": float(finite.min()),
            "mean_cost": float(finite.mean()),
            "best_cost": min([float(finite.min()), *(row["cost"] for row in self.history)]),
            "failed": len(costs) - len(finite),
        }
        self.history.append(row)
        return row

    def result(self, stopped_by: str) -> EvolutionResult:
        """Return all that was found."""
        points, costs = np.array(self._points), np.array(self._costs)
        ranked = np.where(np.isfinite(costs), costs, np.inf)
        generation, individual = map(int, np.unravel_index(ranked.argmin(), costs.shape))
        best = points[generation, individual]
        values = {
            parameter.name: parameter.with_unit(
                np.array([[float(parameter.value(x)) for x in row] for row in points[..., k]])
            )
            for k, parameter in enumerate(self._parameters)
        }
        return EvolutionResult(
            best=values_at(self._parameters, best),
            best_cost=float(costs[generation, individual]),
            best_seed=evaluation_seed(self._seed, generation, individual),
            history=tuple(self.history),
            stopped_by=stopped_by,
            values=values,
            costs=costs,
        )

    def state_dict(self) -> dict[str, Any]:
        """Return all points and costs, for a checkpoint."""
        return {
            "points": [torch.from_numpy(points) for points in self._points],
            "costs": [torch.from_numpy(costs) for costs in self._costs],
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state_dict` returned."""
        for points, costs in zip(state["points"], state["costs"], strict=True):
            self.add(points.numpy(), costs.numpy())
