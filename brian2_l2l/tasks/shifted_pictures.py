"""Pictures a little beside their place, so that no two are alike."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

__all__ = ["shift_pictures"]


def shift_pictures(pictures: np.ndarray, random: np.random.Generator, most: int = 1) -> np.ndarray:
    """Shift each picture at random, up or down and to the left or the right.

    Parameters
    ----------
    pictures : array, shape (picture, row, column)
    random : numpy.random.Generator
    most : int
        By how many pixels at most; all shifts are as likely. Zeros come in at the borders.

    Returns
    -------
    shifted : array
        Of the shape and type of `pictures`.
    """
    padded = np.pad(pictures, ((0, 0), (most, most), (most, most)))
    places = sliding_window_view(padded, pictures.shape[1:], axis=(1, 2))
    row, column = random.integers(2 * most + 1, size=(2, len(pictures)))
    return places[np.arange(len(pictures)), row, column]
