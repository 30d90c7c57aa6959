"""The training batches, in an order that can be taken up again in the middle of an epoch."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import torch

from brian2_l2l.errors import TrainingError
from brian2_l2l.training.task import Batch, Task


class DataOrder:
    """Goes through the training batches of a task, epoch after epoch.

    It remembers the state of the generator at the start of the epoch and how many batches were
    used since. To resume is to start this epoch again and to skip so many batches.

    Parameters
    ----------
    task : Task
        The task.
    batch_size : int
        Trials per batch.
    generator : torch.Generator
        Decides the order; nothing else may draw from it.

    Attributes
    ----------
    epoch : int
        Completed epochs.
    position : int
        Batches used up in the running epoch.
    length : int, optional
        Batches in the last completed epoch.
    """

    def __init__(self, task: Task, batch_size: int, generator: torch.Generator) -> None:
        self.epoch = 0
        self.position = 0
        self.length: int | None = None
        self._task = task
        self._batch_size = batch_size
        self._generator = generator
        self._start = generator.get_state()
        self._batches: Iterator[Batch] | None = None
        self._current: Batch | None = None

    def current(self) -> Batch:
        """Return the batch to use next; the same one until `advance` is called."""
        if self._batches is None:
            self._open()
            if self._current is None:
                raise TrainingError("The split 'train' of the task gave no batch.")
        return self._current

    def advance(self) -> None:
        """Mark the current batch as used."""
        self.position += 1
        self._current = next(self._batches, None)
        if self._current is None:
            self.epoch += 1
            self.length = self.position
            self._begin_epoch(self._generator.get_state())

    def completed_epochs(self) -> float:
        """Return the completed epochs with the part of the running one, where it can be known."""
        return self.epoch + (self.position / self.length if self.length else 0.0)

    def state_dict(self) -> dict[str, Any]:
        """Return where the order stands, as plain values."""
        return {
            "epoch": self.epoch,
            "position": self.position,
            "length": self.length,
            "start": self._start,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go to where `state_dict` was called."""
        self.epoch = state["epoch"]
        self.length = state["length"]
        self._begin_epoch(state["start"])
        if state["position"]:
            self._open(skip=state["position"])
            self.position = state["position"]
            if self._current is None:
                raise TrainingError(
                    f"The checkpoint is at batch {self.position + 1} of an epoch, and the split "
                    "'train' of the task does not have so many. Give the task of the checkpoint, "
                    "or start anew with resume=False."
                )

    def _begin_epoch(self, start: torch.Tensor) -> None:
        self._start = start
        self._batches = None
        self.position = 0

    def _open(self, skip: int = 0) -> None:
        self._generator.set_state(self._start)
        self._batches = self._task.batches("train", self._batch_size, self._generator)
        self._batches = islice(self._batches, skip, None)
        self._current = next(self._batches, None)
