"""Sequential MNIST: a digit pixel by pixel, and at the end the question which one it was [1]_.

References
----------
.. [1] Bellec, Salaj, Subramoney, Legenstein, Maass 2018, NeurIPS, arXiv 1803.09574
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from os import PathLike
from typing import Any

import numpy as np
import torch
from brian2.units import Quantity, check_units, ms, second

from brian2_l2l.errors import TrainingError
from brian2_l2l.tasks.mnist import Digits, split_mnist
from brian2_l2l.tasks.raster import draw_raster
from brian2_l2l.training import Batch, Examples, SupervisedTask, check_count

__all__ = ["SequentialMnistTask", "cross_thresholds", "sequential_mnist"]

#: The grey values.
GREYS = 256


def cross_thresholds(pixels: np.ndarray, inputs: int = 80, repeat: int = 1, cue: int = 56):
    """Turn grey values, one after the other, into spikes where they cross thresholds.

    The thresholds are ``inputs/2`` levels from 0 to full ink. For each level but the last, one
    input spikes at the last pixel before the ink rises to it, and one at the last before it falls
    below. Another input spikes as long as there is full ink (touch), and the last one in every step
    of the cue. The lowest level is 0, so that its pair never spikes (Bellec et al. 2018).

    Parameters
    ----------
    pixels : array of uint8, shape (pixel, trial)
        From 0 to 255.
    inputs : int
        An even number.
    repeat : int
        The time steps of each pixel.
    cue : int
        The time steps of the cue that follows.

    Returns
    -------
    spikes : array of bool, shape (time, trial, input)
    """
    codes, crossings = _codes(inputs)[pixels], _crossings(inputs)
    # Only the last step of a pixel is followed by another pixel.
    after = np.concatenate([codes[1:], codes[-1:]])
    shown = repeat * len(pixels)
    spikes = np.zeros((shown + cue, pixels.shape[1], inputs), dtype=bool)
    steps = spikes[:shown].reshape(len(pixels), repeat, *spikes.shape[1:])
    for step in range(repeat):
        pairs = codes * len(crossings) + (codes if step < repeat - 1 else after)
        np.take(crossings.reshape(-1, inputs), pairs, axis=0, out=steps[:, step], mode="clip")
    spikes[shown:, :, -1] = True
    return spikes


def _codes(inputs: int) -> np.ndarray:
    """Return for each grey value how many levels it reaches; full ink counts once more."""
    thresholds = np.linspace(0, 1, inputs // 2, dtype=np.float32)[:-1]
    greys = np.arange(GREYS, dtype=np.float32) / (GREYS - 1)
    return np.searchsorted(thresholds, greys, side="right") + (greys == 1)


@lru_cache
def _crossings(inputs: int) -> np.ndarray:
    """Return ``[code, code of the next step, input]``: the spikes of a step."""
    levels = inputs // 2 - 1
    reached = np.minimum(np.arange(levels + 2), levels)
    before, after = reached[:, None, None], reached[:, None]
    level = np.arange(levels)
    spikes = np.zeros((levels + 2, levels + 2, inputs), dtype=bool)
    spikes[..., 0:-2:2] = (before <= level) & (level < after)
    spikes[..., 1:-2:2] = (after <= level) & (level < before)
    spikes[-1, :, -2] = True
    return spikes


@dataclass(frozen=True, eq=False)
class SequentialMnistTask(SupervisedTask):
    """Name the digit whose pixels came one after the other.

    The examples hold the pictures as ``[pixel, trial, 1]``, grey values from 0 to 255.

    Attributes
    ----------
    inputs, repeat, cue : int
        See `cross_thresholds`.

    See Also
    --------
    sequential_mnist : Make this task from the files of MNIST.
    """

    inputs: int = 80
    repeat: int = 1
    cue: int = 56

    def batches(
        self, split: str, batch_size: int, generator: torch.Generator | None = None
    ) -> Iterator[Batch]:
        """Yield the digits of a split once, shuffled by `generator` if one is given."""
        for batch in super().batches(split, batch_size, generator):
            ((stimulus, pixels),) = batch.inputs.items()
            spikes = cross_thresholds(pixels[..., 0].numpy(), self.inputs, self.repeat, self.cue)
            yield replace(batch, inputs={stimulus: torch.from_numpy(spikes)})

    def draw(self, axes: Any, batch: Batch, trial: int = 0) -> None:
        """Draw a trial: the spikes of the inputs.

        Parameters
        ----------
        axes : matplotlib.axes.Axes
        batch : Batch
        trial : int
        """
        ((_, spikes),) = batch.inputs.items()
        draw_raster(axes, spikes[:, trial], self.duration / len(spikes))
        axes.set(ylabel="input", title=f"digit {int(batch.targets[trial])}")


@check_units(dt=second)
def sequential_mnist(
    folder: str | PathLike,
    stimulus: Any = "stimulus",
    readout: tuple = ("readout", "y"),
    *,
    inputs: int = 80,
    repeat: int = 1,
    cue: int = 56,
    read: int = 28,
    permutation: int | None = None,
    validation_size: int = 5000,
    dt: Quantity = 1 * ms,
) -> SequentialMnistTask:
    """Make the task from the four files of MNIST.

    Parameters
    ----------
    folder : str or path
        See `load_mnist`.
    stimulus : SpikeGeneratorGroup or str
        The inputs.
    readout : tuple
        The record key of ten readouts; the class is that of the largest mean over the last steps.
    inputs, repeat, cue : int
        See `cross_thresholds`.
    read : int
        The number of these steps.
    permutation : int, optional
        The seed of an order of the pixels, the same for all digits. Left out: row by row.
    validation_size : int
        So many of the digits for training, the last ones, are the split ``'validation'``.
    dt : Quantity
        The time step.

    Returns
    -------
    SequentialMnistTask

    Raises
    ------
    TrainingError
        If a number is not valid, or a file of MNIST is missing or not the original.
    """
    for name, value in {"repeat": repeat, "cue": cue, "read": read}.items():
        check_count(name, value)
    if inputs < 6 or inputs % 2:
        raise TrainingError(f"inputs={inputs} must be an even number of at least 6.")
    splits = split_mnist(folder, validation_size)
    order = _order(splits["test"].pixels[0].size, permutation)
    steps = repeat * len(order) + cue
    if read > steps:
        raise TrainingError(f"read={read} is more than the {steps} time steps of a trial.")
    examples = {name: _examples(stimulus, digits, order) for name, digits in splits.items()}
    return SequentialMnistTask(
        steps * dt, examples, readout, window=read * dt, inputs=inputs, repeat=repeat, cue=cue
    )


def _order(pixels: int, permutation: int | None) -> np.ndarray:
    if permutation is None:
        return np.arange(pixels)
    return np.random.default_rng(permutation).permutation(pixels)


def _examples(stimulus: Any, digits: Digits, order: np.ndarray) -> Examples:
    pixels = digits.pixels.reshape(len(digits.labels), -1)[:, order]
    # The pixels of a digit stay side by side in memory, where they are fetched together.
    shown = np.ascontiguousarray(pixels).T[..., np.newaxis]
    return Examples({stimulus: torch.from_numpy(shown)}, torch.from_numpy(digits.labels))
