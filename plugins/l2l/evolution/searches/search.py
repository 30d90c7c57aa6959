"""What evolution needs to know of a search, and a way to save any search."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
import torch

from brian2_l2l.errors import TrainingError


class Search(Protocol):
    """Proposes points and learns from their costs, one generation after the other.

    Attributes
    ----------
    population : int
        The number of points in a generation.
    converged : bool
        Whether more generations would find nothing new.
    """

    population: int
    converged: bool

    def ask(self) -> np.ndarray:
        """Return the points of the next generation, ``[individual, parameter]``, from 0 to 1."""
        ...

    def tell(self, costs: np.ndarray) -> None:
        """Take the costs of these points, finite, ``[individual]``; less is better."""
        ...

    def state_dict(self) -> dict[str, Any]:
        """Return what it has learnt, for a checkpoint; called after `tell`."""
        ...

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state_dict` of a search with the same options returned."""
        ...


class Replayed:
    """A search of a library that cannot give its state: what it was told is told again.

    Subclasses have ``_ask`` and ``_tell``, which must depend on nothing but the seed and the costs.
    """

    converged = False

    def __init__(self) -> None:
        self._points: list[np.ndarray] = []
        self._costs: list[np.ndarray] = []

    def ask(self) -> np.ndarray:
        """Return the points of the next generation."""
        self._points.append(np.clip(self._ask(), 0.0, 1.0))
        return self._points[-1]

    def tell(self, costs: np.ndarray) -> None:
        """Take the costs of these points."""
        self._tell(costs)
        self._costs.append(np.array(costs, dtype=float))

    def state_dict(self) -> dict[str, Any]:
        """Return all points and costs, ``[generation, individual, ...]``."""
        return {
            "points": [torch.from_numpy(points) for points in self._points],
            "costs": [torch.from_numpy(costs) for costs in self._costs],
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Ask and tell again.

        Raises
        ------
        TrainingError
            If the search asks for other points than before.
        """
        for points, costs in zip(state["points"], state["costs"], strict=True):
            if not np.array_equal(self.ask(), points.numpy()):
                raise TrainingError(
                    "The search proposes other points than it did when the checkpoint was "
                    "written, so it cannot go on from there. Resume on the machine and with the "
                    "versions that it was written with, or start anew with resume=False."
                )
            self.tell(costs.numpy())

    def _ask(self) -> np.ndarray:
        raise NotImplementedError

    def _tell(self, costs: np.ndarray) -> None:
        raise NotImplementedError
