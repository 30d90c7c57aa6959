"""Handwritten digits, shown row by row: scikit-learn's 1,797 pictures of 8 x 8 pixels.

The pictures come with scikit-learn [1]_; nothing is downloaded.

References
----------
.. [1] Alpaydin and Kaynak 1998, Optical Recognition of Handwritten Digits, UCI Machine Learning
   Repository, https://doi.org/10.24432/C50P49
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from brian2.units import Quantity, check_units, ms, second

from brian2_l2l.errors import TrainingError
from brian2_l2l.training import Batch, Examples, SupervisedTask

__all__ = ["DigitsTask", "handwritten_digits", "load_pictures", "show_rows"]


@check_units(row_duration=second, pause=second, dt=second)
def show_rows(
    pictures: np.ndarray,
    row_duration: Quantity = 4 * ms,
    pause: Quantity = 8 * ms,
    dt: Quantity = 1 * ms,
) -> np.ndarray:
    """Show pictures row by row, from top to bottom.

    Parameters
    ----------
    pictures : array, shape (row, column) or (row, trial, column)
        Amounts of ink from 0 to 1.
    row_duration : Quantity
        How long each row is shown.
    pause : Quantity
        The time after the last row, without input.
    dt : Quantity
        The time step; the two durations are multiples of it.

    Returns
    -------
    values : array, shape (time, channel) or (time, trial, channel)
        The ink of the present row, then, in as many channels again, 1 minus that ink. Zero in the
        pause. For one picture these are the values of a `TimedArray`.

    Raises
    ------
    TrainingError
        If a duration is no multiple of `dt`, or the pictures have another number of axes.
    """
    pictures = np.asarray(pictures)
    if pictures.ndim not in (2, 3):
        raise TrainingError(
            f"pictures has shape {pictures.shape}; give one picture as (row, column) or several as "
            "(row, trial, column)."
        )
    shown = np.concatenate([pictures, 1 - pictures], axis=-1)
    shown = np.repeat(shown, _steps("row_duration", row_duration, dt), axis=0)
    silence = [(0, 0)] * shown.ndim
    silence[0] = (0, _steps("pause", pause, dt))
    return np.pad(shown, silence)


@dataclass(frozen=True, eq=False)
class DigitsTask(SupervisedTask):
    """Name the digit of a picture; the training pictures differ a little in every epoch.

    The examples hold the pictures as ``[row, trial, column]``, amounts of ink from 0 to 1.

    Attributes
    ----------
    encode : callable
        ``encode(pictures)`` turns an array ``[row, trial, column]`` into the values of the stimulus
        ``[time, trial, channel]``.
    noise : float
        Standard deviation of the Gaussian noise on the pixels of the training pictures, which
        stay within [0, 1].

    See Also
    --------
    handwritten_digits : Make this task from the digits of scikit-learn.
    """

    encode: Callable[[np.ndarray], np.ndarray] = show_rows
    noise: float = 0.0

    def batches(
        self, split: str, batch_size: int, generator: torch.Generator | None = None
    ) -> Iterator[Batch]:
        """Yield the digits of a split once, shuffled by `generator` if one is given.

        Noise is added where a generator is given, and to the split ``'train'`` only.
        """
        for batch in super().batches(split, batch_size, generator):
            ((stimulus, pictures),) = batch.inputs.items()
            if split == "train" and generator is not None and self.noise:
                noise = torch.empty_like(pictures).normal_(generator=generator)
                pictures = (pictures + self.noise * noise).clamp(0, 1)
            values = torch.from_numpy(self.encode(pictures.numpy())).to(pictures.dtype)
            yield replace(batch, inputs={stimulus: values})


def load_pictures(
    validation_size: int = 200,
    test_size: int = 360,
    train_size: int | None = None,
    seed: int = 0,
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Load the digits and split them; each class has its share in every split.

    Parameters
    ----------
    validation_size, test_size, train_size : int
        The number of digits in each split, out of 1,797. By default all that are in no other split
        are for training.
    seed : int
        The same seed gives the same splits; the test digits depend on nothing but `test_size` and
        `seed`.

    Returns
    -------
    splits : dict
        ``'train'``, ``'validation'`` and ``'test'`` -> pictures ``[row, trial, column]``, amounts
        of ink from 0 to 1 in sixteenths, and labels ``[trial]``, 0 to 9.

    Raises
    ------
    TrainingError
        If the digits cannot be split in this way.
    """
    # Importing scikit-learn takes a second.
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    images, labels = load_digits(return_X_y=True)
    images = images.reshape(-1, 8, 8) / 16
    splits = {}
    try:
        for name, size in (("test", test_size), ("validation", validation_size)):
            images, some_images, labels, some_labels = train_test_split(
                images, labels, test_size=size, stratify=labels, random_state=seed
            )
            splits[name] = (some_images.swapaxes(0, 1), some_labels)
        if train_size is not None:
            images, _, labels, _ = train_test_split(
                images, labels, train_size=train_size, stratify=labels, random_state=seed
            )
    except ValueError as error:
        raise TrainingError(
            f"The 1797 digits cannot be split into train_size={train_size}, validation_size="
            f"{validation_size} and test_size={test_size} with seed={seed}: {error}"
        ) from error
    return {"train": (images.swapaxes(0, 1), labels), **splits}


def handwritten_digits(
    stimulus: Any = "stimulus",
    readout: tuple = ("readout", "y"),
    encode: Callable[[np.ndarray], np.ndarray] = show_rows,
    duration: Quantity = 40 * ms,
    noise: float = 0.2,
    validation_size: int = 200,
    test_size: int = 360,
    train_size: int | None = None,
    seed: int = 0,
) -> DigitsTask:
    """Make the task to name the digit from the mean value of ten readout neurons.

    Parameters
    ----------
    stimulus : TimedArray or str
        What shows the pictures, or its name.
    readout : tuple
        The record key of the readout.
    encode : callable
        Turns pictures ``[row, trial, column]`` into the stimulus ``[time, trial, channel]``.
    duration : Quantity
        The biological time of one trial; by default that of `show_rows`.
    noise : float
        Standard deviation of the Gaussian noise on the pixels of the training pictures.
    validation_size, test_size, train_size, seed
        See `load_pictures`.

    Returns
    -------
    DigitsTask

    Raises
    ------
    TrainingError
        If `noise` is negative or the digits cannot be split in this way.
    """
    if not noise >= 0:
        raise TrainingError(f"noise={noise!r} must be a number of 0 or more.")
    splits = load_pictures(validation_size, test_size, train_size, seed)
    examples = {
        name: Examples(
            {stimulus: torch.from_numpy(np.ascontiguousarray(pictures, np.float32))},
            torch.from_numpy(labels),
        )
        for name, (pictures, labels) in splits.items()
    }
    return DigitsTask(duration, examples, readout, encode=encode, noise=noise)


def _steps(name: str, duration: Quantity, dt: Quantity) -> int:
    """Convert a duration to a number of time steps."""
    steps = round(float(duration / dt))
    if steps < 0 or abs(steps - float(duration / dt)) > 1e-6:
        raise TrainingError(
            f"{name}={duration} is not a multiple of the time step dt={dt}; "
            f"the nearest one is {max(steps, 0) * dt}."
        )
    return steps
