"""A supervised task made of tensors in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from brian2 import Quantity, second

from brian2_l2l.errors import TrainingError
from brian2_l2l.training.losses import LOSSES, REDUCTIONS, Loss, reduce_time
from brian2_l2l.training.options import check_choice, check_quantity
from brian2_l2l.training.task import Batch, check_split


@dataclass(frozen=True, eq=False)
class Examples:
    """The examples of one split.

    Attributes
    ----------
    inputs : dict
        Spike source or TimedArray (or its name) -> tensor ``[time, trial, channel]``.
    targets : tensor
        ``[trial]``, or ``[trial, neuron]``, or ``[time, trial, neuron]`` for a target that
        changes over time.
    trial_axis : int
        The axis of `targets` that counts the trials.
    """

    inputs: Mapping[Any, torch.Tensor]
    targets: torch.Tensor
    trial_axis: int = 0

    def __post_init__(self) -> None:
        for key, values in self.inputs.items():
            name = getattr(key, "name", key)
            if values.ndim != 3:
                raise TrainingError(
                    f"The input {name!r} has shape {list(values.shape)}; a tensor "
                    "[time, trial, channel] is needed."
                )
            if values.shape[1] != len(self):
                raise TrainingError(
                    f"The input {name!r} has {values.shape[1]} trials and the targets have "
                    f"{len(self)}. Inputs are [time, trial, channel]; say trial_axis=1 where "
                    "targets are [time, trial, neuron]."
                )

    def __len__(self) -> int:
        return self.targets.shape[self.trial_axis]

    def select(self, trials: torch.Tensor) -> Batch:
        """Return the batch made of the trials with these indices."""
        inputs = {key: _trials_of(values, trials) for key, values in self.inputs.items()}
        targets = self.targets.index_select(self.trial_axis, trials.to(self.targets.device))
        return Batch(inputs, targets, size=len(trials))


def _trials_of(values: torch.Tensor, trials: torch.Tensor) -> torch.Tensor:
    trials = trials.to(values.device)
    # The index is several times faster, but not for sparse tensors.
    return values.index_select(1, trials) if values.is_sparse else values[:, trials]


@dataclass(frozen=True, eq=False)
class SupervisedTask:
    """Learn the targets of given inputs from one readout.

    Attributes
    ----------
    duration : Quantity
        The biological time of one trial.
    examples : dict
        Name of the split (``'train'``, ``'validation'``, ``'test'``) -> `Examples`.
    readout : tuple
        The record key of the readout, such as ``(group, 'y')``.
    loss_function : str or callable
        A name in `brian2_l2l.training.LOSSES` (``'cross_entropy'`` comes with the metric
        ``'accuracy'``; ``'mean_squared_error'``), or ``function(readout, targets)``.
    reduce : {'mean', 'max', 'last'}, callable or None
        How the readout ``[time, trial, neuron]`` is reduced to ``[trial, neuron]`` before the
        loss. None keeps the time axis.
    window : Quantity, optional
        Look only at so much time at the end of the trial. The whole trial when left out.
    metric_functions : dict
        More metrics: name -> ``metric(readout, targets)`` -> `Average` or a mean over trials.

    Raises
    ------
    TrainingError
        If an attribute is not of its kind, or trials of inputs and targets differ in number.

    Examples
    --------
    >>> task = SupervisedTask(
    ...     duration=80*ms, readout=(out, 'y'),
    ...     examples={'train': Examples({stimulus: spikes}, classes)})  # doctest: +SKIP
    """

    duration: Quantity
    examples: Mapping[str, Examples]
    readout: tuple
    loss_function: str | Callable = "cross_entropy"
    reduce: str | Callable | None = "mean"
    window: Quantity | None = None
    metric_functions: Mapping[str, Callable] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_quantity("duration", self.duration, second, example="100*ms")
        if not callable(self.reduce):
            check_choice("reduce", self.reduce, [*REDUCTIONS, None])
        if self.window is not None:
            check_quantity("window", self.window, second, example="20*ms")
            if not 0 * second < self.window <= self.duration:
                raise TrainingError(
                    f"window={self.window} must be longer than 0 s and not longer than the "
                    f"duration of {self.duration}."
                )
        if not callable(self.loss_function):
            check_choice("loss_function", self.loss_function, LOSSES)
        if self.loss_function == "cross_entropy" and self.reduce is None:
            raise TrainingError(
                "The loss 'cross_entropy' needs one score per class and trial: give reduce="
                "'mean', 'max' or 'last'."
            )

    @property
    def splits(self) -> tuple[str, ...]:
        """The names of the splits."""
        return tuple(self.examples)

    @property
    def record(self) -> list[tuple]:
        """The record keys that the loss needs."""
        return [self.readout]

    def batches(
        self, split: str, batch_size: int, generator: torch.Generator | None = None
    ) -> Iterator[Batch]:
        """Yield the examples of a split once, shuffled by `generator` if one is given."""
        check_split(self, split)
        examples = self.examples[split]
        if generator is None:
            order = torch.arange(len(examples), device="cpu")
        else:
            order = torch.randperm(len(examples), generator=generator, device="cpu")
        for trials in order.split(batch_size):
            yield examples.select(trials)

    def outputs(self, record: Mapping[tuple, torch.Tensor]) -> torch.Tensor:
        """Return the readout reduced over time: ``[trial, neuron]`` unless `reduce` is None."""
        values = record[self.readout]
        steps = None
        if self.window is not None:
            steps = max(1, round(float(self.window / self.duration) * len(values)))
        return reduce_time(values, self.reduce, steps)

    def loss(self, record: Mapping[tuple, torch.Tensor], targets: torch.Tensor) -> torch.Tensor:
        """Return the loss of one batch."""
        return self._loss.function(self.outputs(record), targets)

    def metrics(self, record: Mapping[tuple, torch.Tensor], targets: torch.Tensor) -> dict:
        """Return the metrics of one batch, those of the loss first."""
        outputs = self.outputs(record)
        functions = {**self._loss.metrics, **self.metric_functions}
        return {name: function(outputs, targets) for name, function in functions.items()}

    @property
    def _loss(self) -> Loss:
        if callable(self.loss_function):
            return Loss(self.loss_function)
        return LOSSES[self.loss_function]
