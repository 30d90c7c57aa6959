"""Turn the grey values of pixels into spikes where they cross thresholds."""

import numpy as np

INPUTS = 80

#: A pair of inputs for each of these levels; the next level is full ink, which has one input.
LEVELS = np.linspace(0, 1, INPUTS // 2, dtype=np.float32)[:-1]


def encode(pixels: np.ndarray, cue: int) -> np.ndarray:
    """
    Show pictures pixel by pixel, and then a cue.

    For each level, one input spikes at the last pixel before the ink rises to the level, and one at
    the last before it falls below. Another input spikes at each pixel of full ink, and the last one
    in every step of the cue. The lowest level is 0, so that its pair never spikes.

    Parameters
    ----------
    pixels : numpy.ndarray of float32
        Amounts of ink from 0 to 1, ``[digit, pixel]``.
    cue : int
        The number of steps of the cue.

    Returns
    -------
    spikes : numpy.ndarray of bool
        ``[time, digit, input]``.
    """
    shown = pixels.T
    spikes = np.zeros((len(shown) + cue, len(pixels), INPUTS), dtype=bool)
    # As many levels as ink reaches: one number for each pixel says which of them it crosses.
    reached = np.searchsorted(LEVELS, shown, side="right")
    before, after = reached[:-1, :, None], reached[1:, :, None]
    level = np.arange(len(LEVELS))
    during = spikes[: len(shown) - 1]
    during[..., 0:-2:2] = (before <= level) & (level < after)
    during[..., 1:-2:2] = (after <= level) & (level < before)
    spikes[: len(shown), :, -2] = shown == 1
    spikes[len(shown) :, :, -1] = True
    return spikes
