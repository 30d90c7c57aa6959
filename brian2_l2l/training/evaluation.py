"""Run a batch of a task, and evaluate a whole split."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any

import torch

from brian2_l2l.errors import TrainingError
from brian2_l2l.training.metrics import Average, as_average, pool
from brian2_l2l.training.parallel import (
    number_of_processes,
    pool_processes,
    rank_of_process,
)
from brian2_l2l.training.seeds import undisturbed
from brian2_l2l.training.task import Batch, Task, check_split, check_task


def key_name(key: tuple) -> tuple:
    """Return a record key with its object replaced by the object's name."""
    return (getattr(key[0], "name", key[0]), *key[1:])


def run_batch(
    mirror: torch.nn.Module, task: Task, batch: Batch, more: Sequence[tuple] = ()
) -> Mapping[tuple, torch.Tensor]:
    """Run the mirror on one batch.

    Parameters
    ----------
    mirror : Mirror
        The network.
    task : Task
        Says for how long and what to record.
    batch : Batch
        The trials.
    more : sequence of tuple
        Record keys wanted besides those of the task; a key that both want is recorded once.

    Returns
    -------
    record : Record
        Or what ``task.run`` returns, if the task has it.
    """
    if hasattr(task, "run"):
        return task.run(mirror, batch, more)
    keys = {key_name(key): key for key in [*more, *task.record]}
    start = {"initial": batch.initial} if batch.initial else {}
    return mirror.run(task.duration, inputs=batch.inputs, record=list(keys.values()), **start)


def measure(
    task: Task, record: Mapping[tuple, torch.Tensor], batch: Batch, loss: torch.Tensor
) -> dict[str, Average]:
    """Return loss and metrics of one batch as averages over its trials."""
    with torch.no_grad():
        metrics = task.metrics(record, batch.targets)
    values = {"loss": loss.item(), **metrics}
    return {name: as_average(value, batch.size) for name, value in values.items()}


def evaluate(
    mirror: torch.nn.Module,
    task: Task,
    split: str = "test",
    batch_size: int | None = None,
    together: bool = False,
) -> dict[str, float]:
    """Evaluate a split of a task without learning from it.

    The generators of random numbers are left as they were: training goes on as if nothing had
    been evaluated.

    Parameters
    ----------
    mirror : Mirror
        The network.
    task : Task
        The task.
    split : str
        One of ``task.splits``.
    batch_size : int, optional
        Trials per batch, ``mirror.batch_size`` when left out.
    together : bool
        Whether processes that train together share the work. Then all of them have to call this.

    Returns
    -------
    dict
        ``'loss'`` and the metrics of the task, averaged over all trials of the split.

    Raises
    ------
    TrainingError
        If the task has no such split, or the split no trials.
    """
    check_task(task)
    check_split(task, split)
    with torch.no_grad(), undisturbed(), _evaluating(mirror):
        batches = task.batches(split, batch_size or mirror.batch_size, None)
        if together:
            batches = islice(batches, rank_of_process(), None, number_of_processes())
        pooled = pool(_evaluate_batch(mirror, task, batch) for batch in batches)
        pooled = pool_processes(pooled) if together else pooled
    if not pooled:
        raise TrainingError(f"The split {split!r} of the task gave no batch.")
    return {name: average.value for name, average in pooled.items()}


def _evaluate_batch(mirror: torch.nn.Module, task: Task, batch: Batch) -> dict[str, Average]:
    record = run_batch(mirror, task, batch)
    return measure(task, record, batch, task.loss(record, batch.targets))


@contextmanager
def _evaluating(module: Any) -> Iterator[None]:
    """Put a module into evaluation mode, and back into the mode it was in."""
    was_training = module.training
    module.eval()
    try:
        yield
    finally:
        module.train(was_training)
