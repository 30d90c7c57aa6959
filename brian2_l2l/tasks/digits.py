"""Handwritten digits, shown row by row: scikit-learn's 1,797 pictures of 8 x 8 pixels.

The pictures come with scikit-learn [1]_; nothing is downloaded.

References
----------
.. [1] Alpaydin and Kaynak 1998, Optical Recognition of Handwritten Digits, UCI Machine Learning
   Repository, https://doi.org/10.24432/C50P49
"""

from dataclasses import dataclass

import numpy as np
import torch
from brian2.units import Quantity, check_units, ms, second
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

__all__ = ["Dataset", "digits", "pixels", "stimulus_values"]


@dataclass(frozen=True)
class Dataset:
    """Trials with their targets.

    Parameters
    ----------
    inputs : `torch.Tensor`, shape (time, trial, channel)
        The values of the stimulus, in SI units.
    targets : `torch.Tensor`, shape (trial,)
        The class of each trial.
    dt : `Quantity`
        The time step of the inputs.
    """

    inputs: torch.Tensor
    targets: torch.Tensor
    dt: Quantity

    @property
    def duration(self):
        """The length of one trial, in seconds."""
        return self.inputs.shape[0] * self.dt

    def __len__(self):
        """The number of trials."""
        return len(self.targets)


def pixels(test_size=360, seed=0):
    """Load the digits and split them; each class has its share in both parts.

    Parameters
    ----------
    test_size : int
        The number of test digits, out of 1,797.
    seed : int
        The same seed gives the same split.

    Returns
    -------
    train_images, test_images : `numpy.ndarray`, shape (digit, 8, 8)
        Amounts of ink from 0 to 1, in sixteenths.
    train_labels, test_labels : `numpy.ndarray`, shape (digit,)
        The digits, 0 to 9.
    """
    images, labels = load_digits(return_X_y=True)
    return train_test_split(
        images.reshape(-1, 8, 8) / 16,
        labels,
        test_size=test_size,
        stratify=labels,
        random_state=seed,
    )


@check_units(row_duration=second, pause=second, dt=second)
def stimulus_values(images, row_duration=4 * ms, pause=8 * ms, dt=1 * ms):
    """Show pictures row by row, from top to bottom.

    Parameters
    ----------
    images : `numpy.ndarray`, shape (row, column) or (trial, row, column)
        Amounts of ink from 0 to 1.
    row_duration : `Quantity`
        How long each row is shown.
    pause : `Quantity`
        The time after the last row, without input.
    dt : `Quantity`
        The time step; the two durations are multiples of it.

    Returns
    -------
    values : `numpy.ndarray`, shape (time, channel) or (time, trial, channel)
        The ink of the present row, then, in as many channels again, 1 minus that ink. Zero in the
        pause. For one picture these are the values of a `TimedArray`.

    Raises
    ------
    ValueError
        If a duration is no multiple of ``dt``, or the pictures have another number of axes.
    """
    images = np.asarray(images, dtype=float)
    if images.ndim not in (2, 3):
        raise ValueError(
            f"stimulus_values: images has shape {images.shape}; give one picture as (row, column) "
            f"or several as (trial, row, column)"
        )
    shown = np.concatenate([images, 1 - images], axis=-1)
    shown = np.repeat(shown, _steps("row_duration", row_duration, dt), axis=-2)
    silence = [(0, 0)] * images.ndim
    silence[-2] = (0, _steps("pause", pause, dt))
    return np.moveaxis(np.pad(shown, silence), -2, 0)


@check_units(row_duration=second, pause=second, dt=second)
def digits(
    row_duration=4 * ms,
    pause=8 * ms,
    dt=1 * ms,
    test_size=360,
    noise=0.0,
    copies=1,
    seed=0,
    dtype=torch.float32,
):
    """Make the training and the test set of the digits, encoded by `stimulus_values`.

    Parameters
    ----------
    row_duration, pause, dt : `Quantity`
        See `stimulus_values`.
    test_size : int
        The number of test digits, out of 1,797.
    noise : float
        Standard deviation of the Gaussian noise added to every pixel of the training digits, which
        stay within [0, 1]. The test digits never get noise.
    copies : int
        How often each training digit is in the training set, every time with other noise.
    seed : int
        The same seed gives the same split and the same noise.
    dtype : `torch.dtype`
        Type of the inputs. The test inputs are sixteenths, exact in every type.

    Returns
    -------
    train, test : `Dataset`

    Raises
    ------
    ValueError
        If a duration is no multiple of ``dt``, ``noise`` is negative, or ``copies`` is less than 1.
    """
    if noise < 0 or copies < 1:
        raise ValueError(
            f"digits: noise={noise} and copies={copies}; noise must be 0 or more, copies 1 or more"
        )
    train_images, test_images, train_labels, test_labels = pixels(test_size, seed)
    many_images = np.tile(train_images, (copies, 1, 1))
    many_images += np.random.default_rng(seed).normal(0, noise, many_images.shape)
    timing = {"row_duration": row_duration, "pause": pause, "dt": dt}

    def dataset(images, labels):
        values = stimulus_values(images, **timing)
        return Dataset(torch.as_tensor(values, dtype=dtype), torch.as_tensor(labels), dt)

    train = dataset(np.clip(many_images, 0, 1), np.tile(train_labels, copies))
    return train, dataset(test_images, test_labels)


def _steps(name, duration, dt):
    """Convert a duration to a number of time steps."""
    steps = round(float(duration / dt))
    if steps < 0 or abs(steps - float(duration / dt)) > 1e-6:
        raise ValueError(
            f"{name}={duration} is not a multiple of the time step dt={dt}; "
            f"the nearest one is {max(steps, 0) * dt}"
        )
    return steps
