"""What a task provides: the `Task` protocol and its `Batch`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

import torch

from brian2_l2l.errors import TrainingError


@dataclass(frozen=True, eq=False)
class Batch:
    """Some trials of a task.

    Attributes
    ----------
    inputs : dict
        The ``inputs`` of ``mirror.run``: spike source or TimedArray (or its name) -> tensor
        ``[time, trial, channel]``.
    targets : object
        What `Task.loss` and `Task.metrics` compare the record with, often a tensor ``[trial]``.
    initial : dict
        The ``initial`` of ``mirror.run``: start values per trial. Empty: the network's own.
    size : int, optional
        Number of trials; read from the inputs when left out.
    """

    inputs: Mapping[Any, torch.Tensor]
    targets: Any
    initial: Mapping[Any, torch.Tensor] = field(default_factory=dict)
    size: int | None = None

    def __post_init__(self) -> None:
        if self.size is None:
            object.__setattr__(self, "size", self._trials())

    def _trials(self) -> int:
        for values in self.inputs.values():
            if isinstance(values, torch.Tensor) and values.ndim == 3:
                return values.shape[1]
        raise TrainingError(
            "The number of trials of a Batch cannot be read from its inputs, because none is a "
            "tensor [time, trial, channel]. Give it: Batch(inputs, targets, size=number)."
        )


@runtime_checkable
class Task(Protocol):
    """What a trainer needs to know of a task. Any object with these members is a task.

    A task in which the network acts, and its inputs depend on what it does, has ``run(mirror,
    batch, more)`` besides. It is called in place of ``mirror.run`` with a batch and the record keys
    that are wanted besides `record`; what it returns takes the place of the record in `loss` and
    `metrics`.

    Attributes
    ----------
    duration : Quantity
        The biological time of one trial.
    record : sequence of tuple
        The keys of ``mirror.run(..., record=)`` that `loss` and `metrics` use.
    splits : sequence of str
        The names that `batches` knows; ``'train'`` is needed, ``'validation'`` and ``'test'`` are
        the usual others.
    """

    duration: Any
    record: Sequence[tuple]
    splits: Sequence[str]

    def batches(
        self, split: str, batch_size: int, generator: torch.Generator | None = None
    ) -> Iterator[Batch]:
        """Yield the batches of one epoch of `split`; the last one may be smaller.

        All that is random must be drawn from `generator`: it is what makes training from a
        checkpoint equal to training without a stop. None asks for the same batches in the same
        order each time. A task that makes up its trials decides how many make an epoch.
        """
        ...

    def loss(self, record: Mapping[tuple, torch.Tensor], targets: Any) -> torch.Tensor:
        """Return the loss of one batch, a scalar: the mean over its trials."""
        ...

    def metrics(self, record: Mapping[tuple, torch.Tensor], targets: Any) -> dict[str, Any]:
        """Return the metrics of one batch: name -> `Average`, or a plain mean over its trials."""
        ...


def check_task(task: Any) -> None:
    """Raise `TrainingError` unless `task` has what `Task` asks for."""
    needed = ("duration", "record", "splits", "batches", "loss", "metrics")
    missing = [name for name in needed if not hasattr(task, name)]
    if missing:
        raise TrainingError(
            f"task={task!r} is not a task, it lacks {', '.join(missing)}. Use SupervisedTask for "
            "tensors in memory, or give your class the members of brian2_l2l.training.Task."
        )
    check_split(task, "train")


def check_split(task: Task, split: str) -> None:
    """Raise `TrainingError` unless the task has that split."""
    if split not in task.splits:
        raise TrainingError(
            f"The task has no split {split!r}. It has: {', '.join(map(repr, task.splits))}."
        )
