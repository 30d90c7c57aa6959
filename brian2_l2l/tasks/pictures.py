"""MNIST at once: the rates of the inputs are the grey values of a digit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from os import PathLike
from typing import Any

import torch
from brian2.units import Hz, Quantity, check_units, ms, second

from brian2_l2l.errors import TrainingError
from brian2_l2l.tasks.mnist import split_mnist
from brian2_l2l.tasks.regular_spikes import regular_spikes
from brian2_l2l.training import Batch, Examples, SupervisedTask

__all__ = ["PicturesTask", "pictures_mnist"]


@dataclass(frozen=True, eq=False)
class PicturesTask(SupervisedTask):
    """Name the digit that the rates of the inputs show.

    The examples hold the pictures as ``[1, trial, pixel]``, grey values from 0 to 255. The spikes
    are evenly spaced; see `regular_spikes`.

    Attributes
    ----------
    steps : int
        The time steps of a trial.
    probability : float
        The spikes per time step of an input at full ink.

    See Also
    --------
    pictures_mnist : Make this task from the files of MNIST.
    """

    steps: int = 25
    probability: float = 0.25

    def batches(
        self, split: str, batch_size: int, generator: torch.Generator | None = None
    ) -> Iterator[Batch]:
        """Yield the digits of a split once, shuffled by `generator` if one is given."""
        for batch in super().batches(split, batch_size, generator):
            ((stimulus, pixels),) = batch.inputs.items()
            known = _spikes_of_greys(self.probability, self.steps, pixels.shape[-1])
            spikes = known.gather(1, pixels.long().expand(self.steps, -1, -1))
            yield replace(batch, inputs={stimulus: spikes})

    def draw(self, axes: Any, batch: Batch, trial: int = 0) -> None:
        """Draw a trial: the number of spikes of each input, as a picture.

        Parameters
        ----------
        axes : matplotlib.axes.Axes
        batch : Batch
        trial : int
        """
        ((_, spikes),) = batch.inputs.items()
        counts = spikes[:, trial].sum(0)
        axes.imshow(counts.numpy().reshape(round(len(counts) ** 0.5), -1), cmap="gray_r")
        axes.set(xticks=[], yticks=[], title=f"digit {int(batch.targets[trial])}")


@lru_cache(maxsize=4)
def _spikes_of_greys(probability: float, steps: int, neurons: int) -> torch.Tensor:
    """Return ``[time, grey value, neuron]``: the spikes that each grey value makes."""
    greys = torch.arange(256, dtype=torch.float64, device="cpu") / 255
    return regular_spikes((probability * greys)[None, :, None].expand(1, -1, neurons), steps)


@check_units(duration=second, rate=Hz, dt=second)
def pictures_mnist(
    folder: str | PathLike,
    stimulus: Any = "stimulus",
    readout: tuple = ("readout", "y"),
    *,
    duration: Quantity = 25 * ms,
    rate: Quantity = 250 * Hz,
    validation_size: int = 5000,
    dt: Quantity = 1 * ms,
) -> PicturesTask:
    """Make the task from the four files of MNIST.

    Parameters
    ----------
    folder : str or path
        See `load_mnist`.
    stimulus : SpikeGeneratorGroup or str
        The 784 inputs.
    readout : tuple
        The record key of ten readouts; the class is that of the largest mean.
    duration : Quantity
        The biological time of a trial.
    rate : Quantity
        Of an input at full ink.
    validation_size : int
        So many of the digits for training, the last ones, are the split ``'validation'``.
    dt : Quantity
        The time step.

    Returns
    -------
    PicturesTask

    Raises
    ------
    TrainingError
        If a number is not valid, or a file of MNIST is missing or not the original.
    """
    steps, probability = round(float(duration / dt)), float(rate * dt)
    if steps < 1:
        raise TrainingError(f"duration={duration} is shorter than a time step dt={dt}.")
    if not 0 < probability <= 1:
        raise TrainingError(f"rate={rate} must be above 0 and at most one spike in dt={dt}.")
    examples = {}
    for name, digits in split_mnist(folder, validation_size).items():
        pixels = torch.tensor(digits.pixels, device="cpu").flatten(1)[None]
        shown = {stimulus: pixels}
        examples[name] = Examples(shown, torch.from_numpy(digits.labels))
    return PicturesTask(steps * dt, examples, readout, steps=steps, probability=probability)
