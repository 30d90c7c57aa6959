"""Tasks that make up their trials: new ones for training, always the same ones elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch

from brian2_l2l.training import Batch, Task, check_split

__all__ = ["generate_batches"]


def generate_batches(
    task: Task,
    make: Callable[[int, torch.Generator], Batch],
    split: str,
    batch_size: int,
    generator: torch.Generator | None,
) -> Iterator[Batch]:
    """Yield the batches of an epoch of a task that makes up its trials.

    Parameters
    ----------
    task : Task
        Has the numbers ``trials`` of an epoch of training and ``held_out`` of other splits, and
        ``seed``, which makes the trials of those splits.
    make : callable
        ``make(batch_size, generator)`` draws a batch.
    split, batch_size, generator
        See `Task.batches`.
    """
    check_split(task, split)
    if split != "train" or generator is None:
        generator = torch.Generator().manual_seed(task.seed + task.splits.index(split) + 1)
    left = task.trials if split == "train" else task.held_out
    while left > 0:
        yield make(min(batch_size, left), generator)
        left -= batch_size
