"""A round arena with a hidden goal: its rules, for many walkers at once.

A walker starts in the centre. One that comes to the goal gets a reward and is held there for a
while; then it is taken back to the centre, and held there too. Its actions do nothing meanwhile.
The wall stops it and has a small cost.

Lengths are in radii of the arena. The arena is that of Bellec, Salaj, Subramoney, Legenstein, Maass
2018, NeurIPS, arXiv 1803.09574, "Learning to navigate", in its idea; all numbers are ours.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch

from brian2_l2l.errors import TrainingError
from brian2_l2l.training import check_count, check_positive

__all__ = ["Arena", "Walkers"]


@dataclass(frozen=True, eq=False)
class Walkers:
    """Where walkers are, each in an arena of its own.

    Attributes
    ----------
    position, goal : tensor of float64
        ``[trial, 2]``; the centre is at zero.
    at_goal, at_wall : tensor of bool
        ``[trial]``
    rest, held : tensor of int64
        ``[trial]``: the steps that it rests after each hit, and those that it is still held.
    """

    position: torch.Tensor
    goal: torch.Tensor
    at_goal: torch.Tensor
    at_wall: torch.Tensor
    rest: torch.Tensor
    held: torch.Tensor


@dataclass(frozen=True)
class Arena:
    """The rules of the arena.

    Attributes
    ----------
    goal_radius : float
        A walker at most so far from the goal has come to it.
    nearest, farthest : float
        How far from the centre goals are; they are equally dense in between.
    step : float
        The length of the longest step.
    stay, rest : int
        For how many steps a walker is held at the goal, and then in the centre, where it comes with
        the first of them. Without a rest it need not remember the goal for longer than a step: once
        on its way, its place says where it is going.
    reward : float
        For coming to the goal.
    wall_cost : float
        For a step that ends at the wall.

    Raises
    ------
    TrainingError
        If a number is not valid, or walkers would start at the goal.
    """

    goal_radius: float = 0.25
    nearest: float = 0.5
    farthest: float = 0.8
    step: float = 0.1
    stay: int = 1
    rest: int = 10
    reward: float = 1.0
    wall_cost: float = 0.02

    def __post_init__(self) -> None:
        for name in ("goal_radius", "nearest", "farthest", "step", "reward"):
            check_positive(name, getattr(self, name))
        check_count("stay", self.stay, least=0)
        check_count("rest", self.rest)
        if not self.wall_cost >= 0:
            raise TrainingError(f"wall_cost={self.wall_cost!r} must be a number of 0 or more.")
        if not self.goal_radius < self.nearest <= self.farthest <= 1:
            raise TrainingError(
                f"goal_radius={self.goal_radius} < nearest={self.nearest} <= "
                f"farthest={self.farthest} <= 1 does not hold; walkers start in the centre, and "
                "the arena has the radius 1."
            )

    def draw_goals(self, number: int, generator: torch.Generator) -> torch.Tensor:
        """Return goals ``[trial, 2]``."""
        drawn = torch.rand(2, number, generator=generator, dtype=torch.float64, device="cpu")
        squares = self.nearest**2 + (self.farthest**2 - self.nearest**2) * drawn[0]
        return squares.sqrt()[:, None] * unit_vectors(2 * torch.pi * drawn[1])

    def start(self, goals: torch.Tensor, rest: torch.Tensor | None = None) -> Walkers:
        """Return walkers in the centre.

        Parameters
        ----------
        goals : tensor
            ``[trial, 2]``
        rest : tensor of int64, optional
            ``[trial]``: the steps that each of them rests after a hit, if not those of the arena.
        """
        goals = torch.as_tensor(goals, dtype=torch.float64, device="cpu")
        nowhere = torch.zeros(len(goals), dtype=torch.bool, device="cpu")
        rest = torch.full_like(nowhere.long(), self.rest) if rest is None else rest
        position, held = torch.zeros_like(goals), torch.zeros_like(rest)
        return Walkers(position, goals, nowhere, nowhere, rest, held)

    def move(self, walkers: Walkers, actions: torch.Tensor) -> Walkers:
        """Return walkers one step later.

        Parameters
        ----------
        walkers : Walkers
        actions : tensor
            ``[trial, 2]``, the steps in units of the longest one; longer ones are shortened.
        """
        actions = actions.to(torch.float64)
        length = torch.linalg.vector_norm(actions, dim=-1, keepdim=True)
        position = walkers.position + self.step * actions / length.clamp(min=1)
        distance = torch.linalg.vector_norm(position, dim=-1, keepdim=True)
        position, held = position / distance.clamp(min=1), walkers.held > 0
        position = torch.where(held[:, None], walkers.position, position)
        position = torch.where((held & (walkers.held <= walkers.rest))[:, None], 0.0, position)
        at_goal = self.reaches(position, walkers.goal)
        left = torch.where(at_goal, self.stay + walkers.rest, 0)
        return replace(
            walkers,
            position=position,
            at_goal=at_goal,
            at_wall=~held & (distance >= 1).squeeze(-1),
            held=torch.where(held, walkers.held - 1, left),
        )

    def reaches(self, position: torch.Tensor, goal: torch.Tensor) -> torch.Tensor:
        """Return which positions are at the goal."""
        return torch.linalg.vector_norm(position - goal, dim=-1) <= self.goal_radius

    def arrived(self, walkers: Walkers) -> torch.Tensor:
        """Return which walkers came to the goal with their last step, ``[trial]``."""
        return walkers.held == self.stay + walkers.rest

    def rewards(self, walkers: Walkers) -> torch.Tensor:
        """Return what the last steps brought, ``[trial]``."""
        arrived, at_wall = self.arrived(walkers).double(), walkers.at_wall.double()
        return self.reward * arrived - self.wall_cost * at_wall

    def straight(self, goals: torch.Tensor) -> torch.Tensor:
        """Return the lengths ``[trial]`` of the straight ways from the centre to the goals."""
        return torch.linalg.vector_norm(goals, dim=-1) - self.goal_radius


def unit_vectors(angles: torch.Tensor) -> torch.Tensor:
    """Return ``[..., 2]``, the vectors of length 1 in these directions."""
    return torch.stack([angles.cos(), angles.sin()], dim=-1)
