"""Evaluations one after the other, in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from brian2_l2l_plugins.l2l.evolution.executors.tasks import Failure, Task, attempt


class SerialExecutor:
    """Runs evaluations in this process: for debuggers, and for networks that are quick.

    Parameters
    ----------
    inner : callable
    workers : int, optional
        Nothing but 1 has a meaning.
    """

    def __init__(self, inner: Callable, workers: int | None = None) -> None:
        self._inner = inner

    def evaluate(self, tasks: Iterable[Task]) -> Iterator[tuple[int, float | Failure]]:
        """Yield the number of each task with its cost or `Failure`."""
        for task in tasks:
            yield task.number, attempt(self._inner, task)

    def close(self) -> None:
        """There is nothing to end."""
