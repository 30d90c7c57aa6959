"""How far a training run has come."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from brian2_l2l.training.plan import Plan
from brian2_l2l.training.result import TrainingResult
from brian2_l2l.training.seeds import random_state


@dataclass
class Progress:
    """The state of the loop, in plain values that a checkpoint can hold.

    Attributes
    ----------
    iteration : int
        Completed iterations.
    evaluated : int
        The iteration of the last evaluation.
    waited : int
        Evaluations since the best one.
    best, best_iteration, best_state
        The best value of the followed column, its iteration, and the mirror's ``state_dict`` then
        (only where the plan restores it).
    history : list of dict
        See `TrainingResult`.
    random : dict
        The state of all generators of random numbers after the last completed iteration.
    """

    iteration: int = 0
    evaluated: int = 0
    waited: int = 0
    best: float | None = None
    best_iteration: int | None = None
    best_state: dict[str, Any] | None = None
    history: list[dict[str, Any]] = field(default_factory=list)
    random: dict[str, Any] = field(default_factory=random_state)

    @classmethod
    def restored(cls, state: Mapping[str, Any]) -> Progress:
        """Return the progress from what `state_dict` gave."""
        return cls(**{**state, "history": json.loads(state["history"])})

    def state_dict(self) -> dict[str, Any]:
        """Return what a checkpoint holds."""
        # As one text: to write and read each number apart took most of the time of a checkpoint.
        return {**vars(self), "history": json.dumps(self.history, default=float)}

    def complete(self, epoch: int, columns: Mapping[str, float]) -> None:
        """Take note of one more completed iteration."""
        self.iteration += 1
        self.history.append({"iteration": self.iteration, "epoch": epoch, **columns})
        self.random = random_state()

    def evaluate(self, columns: Mapping[str, float], followed: str, plan: Plan) -> bool:
        """Take note of an evaluation; return whether the followed column is the best so far."""
        self.history[-1].update(columns)
        value = columns.get(followed)
        if value is None:
            rows = self.history[self.evaluated :]
            value = sum(row[followed] for row in rows) / len(rows)
        self.evaluated = self.iteration
        if not plan.better(followed, value, self.best):
            self.waited += 1
            return False
        self.waited = 0
        self.best, self.best_iteration = value, self.iteration
        return True

    def result(self, followed: str, stopped_by: str) -> TrainingResult:
        """Return the course of the run up to here."""
        return TrainingResult(
            history=tuple(self.history),
            iterations=self.iteration,
            stopped_by=stopped_by,
            best_metric=followed,
            best=self.best,
            best_iteration=self.best_iteration,
        )
