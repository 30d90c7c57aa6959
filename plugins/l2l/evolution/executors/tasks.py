"""One evaluation, and what may become of it."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from brian2_l2l.errors import TrainingError


@dataclass(frozen=True)
class Task:
    """One evaluation of the inner function.

    Attributes
    ----------
    number : int
        Its place in the population.
    values : dict
        Name of the parameter -> quantity or number.
    seed : int
        Decides all that is random in it.
    """

    number: int
    values: Mapping[str, Any]
    seed: int


@dataclass(frozen=True)
class Failure:
    """An evaluation that raised.

    Attributes
    ----------
    reason : str
        The error in one line.
    details : str
        The traceback.
    """

    reason: str
    details: str


class LostTaskError(TrainingError):
    """An evaluation whose process ended again and again.

    Attributes
    ----------
    task : Task
    reason : str
    """

    def __init__(self, task: Task, reason: str) -> None:
        super().__init__(reason)
        self.task, self.reason = task, reason


class Executor(Protocol):
    """Runs evaluations."""

    def evaluate(self, tasks: Iterable[Task]) -> Iterator[tuple[int, float | Failure]]:
        """Yield the number of each task with its cost or `Failure`, as they are completed.

        Raises
        ------
        LostTaskError
            If the process of a task ended too often.
        """
        ...

    def close(self) -> None:
        """End all processes; what they are at is lost."""
        ...


def attempt(inner: Callable[[Mapping, int], float], task: Task) -> float | Failure:
    """Return the cost of a task, or how it failed."""
    try:
        return float(inner(task.values, task.seed))
    except (Exception, SystemExit) as error:
        return Failure(_in_one_line(error), traceback.format_exc())


def _in_one_line(error: BaseException) -> str:
    text = " ".join("".join(traceback.format_exception_only(error)).split())
    # What Brian2 raises often says only where.
    return text if error.__cause__ is None else f"{text} Cause: {_in_one_line(error.__cause__)}"
