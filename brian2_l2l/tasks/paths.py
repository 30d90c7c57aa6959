"""Paths of walkers in the arena, and how good they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from brian2_l2l.tasks.arena import Arena, Walkers
from brian2_l2l.tasks.directions import Directions
from brian2_l2l.training import Average

__all__ = ["Paths", "anywhere", "to_the_goal"]


@dataclass(frozen=True, eq=False)
class Paths:
    """The paths of some episodes.

    Attributes
    ----------
    arena : Arena
    goals : tensor
        ``[trial, 2]``
    positions : tensor
        ``[step + 1, trial, 2]``: at the start and after each step.
    hits : tensor of bool
        ``[step, trial]``: the steps that came to the goal.
    """

    arena: Arena
    goals: torch.Tensor
    positions: torch.Tensor
    hits: torch.Tensor

    @classmethod
    def of(cls, arena: Arena, visited: Sequence[Walkers]) -> Paths:
        """Return the paths of walkers at the start and after each step."""
        positions = torch.stack([walkers.position for walkers in visited])
        hits = torch.stack([arena.arrived(walkers) for walkers in visited[1:]])
        return cls(arena, visited[0].goal, positions, hits)

    @classmethod
    def walked(
        cls,
        arena: Arena,
        goals: torch.Tensor,
        steps: int,
        act: Callable[[Walkers], torch.Tensor],
        rest: torch.Tensor | None = None,
    ) -> Paths:
        """Return the paths of walkers who see everything.

        Parameters
        ----------
        arena : Arena
        goals, rest : tensor
            See `Arena.start`.
        steps : int
        act : callable
            ``act(walkers)`` returns their actions ``[trial, 2]``: `to_the_goal`, for example, or
            `anywhere`.
        """
        visited = [arena.start(goals, rest)]
        for _ in range(steps):
            visited.append(arena.move(visited[-1], act(visited[-1])))
        return cls.of(arena, visited)

    @property
    def number(self) -> torch.Tensor:
        """How often each walker came to its goal, ``[trial]``."""
        return self.hits.sum(dim=0)

    def lengths(self) -> torch.Tensor:
        """Return the length of each step, ``[step, trial]``; being taken back has none."""
        steps = torch.linalg.vector_norm(self.positions.diff(dim=0), dim=-1)
        taken_back, later = torch.zeros_like(self.hits), self.arena.stay + 1
        taken_back[later:] = self.hits[:-later]
        return torch.where(taken_back, 0.0, steps)

    def sums(self) -> dict[str, tuple[torch.Tensor, torch.Tensor]]:
        """Return what each episode adds to the scores.

        Returns
        -------
        sums : dict of str to tuple of tensor
            Per score a sum and the number of things summed, both ``[trial]``. ``'goals'``: hits.
            ``'found'``: whether there is a hit. ``'first_hit'``: its step. ``'detour'``: each path
            to the goal after the first hit by the straight way. ``'walked_detour'``: all that was
            walked after the first hit, trips that the end of the episode cut off included, by the
            straight ways to the hits.
        """
        one, found = torch.ones_like(self.number), self.hits.any(dim=0)
        first = self.hits.to(torch.uint8).argmax(dim=0)
        trips = (self.number - 1).clamp(min=0)
        way = self.arena.straight(self.goals)
        steps = torch.arange(len(self.hits), device="cpu")[:, None]
        last = torch.where(self.hits, steps, -1).amax(dim=0)
        lengths, after = self.lengths(), found & (steps > first)
        arrived = torch.where(after & (steps <= last), lengths, 0.0).sum(dim=0)
        walked = torch.where(after, lengths, 0.0).sum(dim=0)
        return {
            "goals": (self.number, one),
            "found": (found, one),
            "first_hit": (torch.where(found, first + 1, 0), found),
            "detour": (arrived / way, trips),
            "walked_detour": (walked, trips * way),
        }

    def scores(self) -> dict[str, Average]:
        """Return the averages of `sums` over all episodes."""
        return {
            name: Average(float(total.sum()), float(count.sum()))
            for name, (total, count) in self.sums().items()
        }

    def intervals(self) -> dict[str, tuple[float, float]]:
        """Return the scores, each with half the width of its interval of 95 % confidence.

        Episodes are what was sampled; the widths are those of ratios of means (the delta method).
        """
        intervals = {}
        for name, (total, count) in self.sums().items():
            total, count = total.double(), count.double()
            score = total.sum() / count.sum()
            variance = (total - score * count).var() * len(total)
            width = 1.96 * variance.sqrt() / count.sum()
            intervals[name] = float(score), float(width)
        return intervals

    def draw(self, axes: Any, trial: int = 0) -> None:
        """Draw an episode: the arena, the goal, the path to the first hit, and those after it.

        Parameters
        ----------
        axes : matplotlib.axes.Axes
        trial : int
        """
        from matplotlib.patches import Circle

        axes.add_patch(Circle((0, 0), 1, fill=False, color="0.4"))
        goal = tuple(self.goals[trial].tolist())
        axes.add_patch(Circle(goal, self.arena.goal_radius, color="C2", alpha=0.4, lw=0))
        hits = self.hits[:, trial].nonzero().flatten().tolist()
        starts = [0, *(k + 2 + self.arena.stay for k in hits)]
        ends = [*(k + 2 for k in hits), len(self.positions)]
        for k, (start, end) in enumerate(zip(starts, ends, strict=True)):
            path = self.positions[start:end, trial]
            axes.plot(*path.T, color="0.6" if k == 0 else "C0", lw=1, zorder=1 if k else 0)
        axes.plot(0, 0, "ok", markersize=4)
        axes.set(xlim=(-1.05, 1.05), ylim=(-1.05, 1.05), aspect="equal", xticks=[], yticks=[])


def to_the_goal(walkers: Walkers) -> torch.Tensor:
    """Return steps straight to the goals, which nobody can do who does not know them."""
    return torch.nn.functional.normalize(walkers.goal - walkers.position, dim=-1)


def anywhere(generator: torch.Generator) -> Callable[[Walkers], torch.Tensor]:
    """Return what gives walkers steps in random directions."""
    return lambda walkers: Directions(torch.zeros_like(walkers.goal)).sample(generator)
