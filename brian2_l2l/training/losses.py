"""Losses and metrics on a readout, reduced over time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import torch
from torch.nn import functional

from brian2_l2l.errors import TrainingError
from brian2_l2l.training.metrics import Average

REDUCTIONS: Mapping[str, Callable[[torch.Tensor], torch.Tensor]] = MappingProxyType(
    {
        "mean": lambda values: values.mean(dim=0),
        "max": lambda values: values.amax(dim=0),
        "last": lambda values: values[-1],
    }
)


def reduce_time(
    values: torch.Tensor, how: str | Callable | None, steps: int | None = None
) -> torch.Tensor:
    """Reduce a readout over time.

    Parameters
    ----------
    values : tensor [time, trial, neuron]
        The recorded readout.
    how : {'mean', 'max', 'last'}, callable or None
        The reduction; a callable takes the values and returns ``[trial, neuron]``. None keeps the
        time axis.
    steps : int, optional
        Use only so many steps at the end. All of them when left out.

    Returns
    -------
    tensor [trial, neuron], or [time, trial, neuron] when `how` is None
    """
    values = values if steps is None else values[-steps:]
    if how is None:
        return values
    return how(values) if callable(how) else REDUCTIONS[how](values)


def cross_entropy(readout: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Return the mean cross-entropy of the classes ``[trial]`` under scores ``[trial, class]``."""
    return functional.cross_entropy(readout, targets.to(readout.device))


def mean_squared_error(readout: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Return the mean squared difference of `readout` and `targets`.

    Targets are of the readout's shape, or ``[trial]`` where there is one readout neuron.
    """
    targets = targets.to(readout.device, readout.dtype)
    if targets.ndim == readout.ndim - 1:
        targets = targets.unsqueeze(-1)
    if targets.shape != readout.shape:
        raise TrainingError(
            f"The readout has shape {list(readout.shape)} and its targets {list(targets.shape)}. "
            "Give targets of the readout's shape (without the time axis where the loss reduces it)."
        )
    return functional.mse_loss(readout, targets)


def accuracy(readout: torch.Tensor, targets: torch.Tensor) -> Average:
    """Count the trials whose largest score is the one of the target class."""
    correct = readout.argmax(dim=-1) == targets.to(readout.device)
    return Average(float(correct.sum()), correct.numel())


@dataclass(frozen=True)
class Loss:
    """A loss on a readout and the metrics that go with it.

    Attributes
    ----------
    function : callable
        ``function(readout, targets)`` -> scalar tensor, the mean over trials.
    metrics : mapping
        Name -> ``metric(readout, targets)`` -> `Average`, or a plain mean over trials.
    """

    function: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
    metrics: Mapping[str, Callable] = field(default_factory=dict)


LOSSES: Mapping[str, Loss] = MappingProxyType(
    {
        "cross_entropy": Loss(cross_entropy, {"accuracy": accuracy}),
        "mean_squared_error": Loss(mean_squared_error),
    }
)
