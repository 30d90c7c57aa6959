"""A part of the trials of a batch."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any

import torch

from brian2_l2l.errors import TrainingError
from brian2_l2l.training.task import Batch

__all__ = ["share_of"]


def share_of(batch: Batch, share: int, shares: int) -> Batch:
    """Return every so many-th trial of a batch.

    Parameters
    ----------
    batch : Batch
        Its targets are a tensor, or a dataclass of tensors, whose first or second axis counts the
        trials.
    share : int
        The number of the first trial.
    shares : int
        The distance from one trial to the next.

    Raises
    ------
    TrainingError
        If there are fewer trials than shares, or it cannot be seen where the targets have their
        trials.
    """
    if batch.size < shares:
        raise TrainingError(
            f"A batch of {batch.size} trials cannot be split among {shares} processes. Give a "
            "larger batch_size, or a number of trials that leaves no such rest."
        )
    trials = torch.arange(share, batch.size, shares, device="cpu")
    inputs = {key: _take(value, 1, trials) for key, value in batch.inputs.items()}
    # A start value is one for all trials, or ``[trial, neuron]``.
    initial = {
        key: _take(value, 0, trials) if getattr(value, "ndim", 0) == 2 else value
        for key, value in batch.initial.items()
    }
    targets = _select(batch.targets, trials, batch.size)
    return Batch(inputs, targets, initial, size=len(trials))


def _take(values: torch.Tensor, axis: int, trials: torch.Tensor) -> torch.Tensor:
    return values.index_select(axis, trials.to(values.device))


def _select(targets: Any, trials: torch.Tensor, size: int) -> Any:
    if is_dataclass(targets) and not isinstance(targets, type):
        parts = {f.name: getattr(targets, f.name) for f in fields(targets)}
        return replace(targets, **{k: _select(part, trials, size) for k, part in parts.items()})
    shape = list(targets.shape) if isinstance(targets, torch.Tensor) else []
    axes = [axis for axis, length in enumerate(shape[:2]) if length == size]
    # ``[time, trial, neuron]`` has an axis more than ``[trial, neuron]``.
    if len(axes) == 2 and len(shape) > 2:
        axes = axes[1:]
    if len(axes) != 1:
        raise TrainingError(
            f"The targets of {size} trials cannot be split among processes: they are "
            f"{shape or type(targets).__name__}. Give tensors of which one of the first two axes, "
            "and only one, has that length, or a dataclass of such tensors."
        )
    return _take(targets, axes[0], trials)
