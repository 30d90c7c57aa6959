"""Inputs that show where a walker is, and what it came to."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from brian2.units import Hz, Quantity

from brian2_l2l.tasks.arena import Walkers
from brian2_l2l.training import check_count, check_positive, check_quantity

__all__ = ["PlaceCode"]


@dataclass(frozen=True, eq=False)
class PlaceCode:
    """Place cells with Gaussian tuning, then a population for the goal, then one for the wall.

    Attributes
    ----------
    spacing : float
        The distance between neighbouring place cells, which are on a square grid.
    width : float
        The standard deviation of their tuning.
    signal_cells : int
        The size of the populations for the goal and for the wall.
    rate : Quantity
        The largest rate of a place cell, and the rate of the other populations while they spike.

    Raises
    ------
    TrainingError
        If an attribute is not valid.
    """

    spacing: float = 0.3
    width: float = 0.2
    signal_cells: int = 10
    rate: Quantity = field(default_factory=lambda: 400 * Hz)

    def __post_init__(self) -> None:
        for name in ("spacing", "width"):
            check_positive(name, getattr(self, name))
        check_count("signal_cells", self.signal_cells)
        check_quantity("rate", self.rate, Hz, example="400*Hz")

    @property
    def places(self) -> torch.Tensor:
        """Where the place cells are, ``[cell, 2]``: a grid with a cell in the centre."""
        reach = int(1 / self.spacing)
        line = self.spacing * torch.arange(-reach, reach + 1, dtype=torch.float64, device="cpu")
        grid = torch.cartesian_prod(line, line)
        return grid[torch.linalg.vector_norm(grid, dim=-1) <= 1]

    @property
    def inputs(self) -> int:
        """The number of inputs."""
        return len(self.places) + 2 * self.signal_cells

    def rates(self, walkers: Walkers) -> torch.Tensor:
        """Return the rates of the inputs, ``[trial, input]`` in Hz."""
        squares = torch.cdist(walkers.position, self.places) ** 2
        signals = torch.stack([walkers.at_goal, walkers.at_wall], dim=-1)
        signals = signals.repeat_interleave(self.signal_cells, dim=-1)
        active = torch.cat([torch.exp(-squares / (2 * self.width**2)), signals], dim=-1)
        return float(self.rate) * active
