"""What an engine answered to the test digits, and how it compares with another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Answers:
    """The activity of the network for a number of digits.

    Attributes
    ----------
    engine : str
        What ran the network.
    spikes : array of bool, shape (time, digit, neuron)
        The spikes of the hidden neurons.
    readout : array, shape (time, digit, class)
        The values of the readout neurons.
    seconds : float
        How long it took.
    """

    engine: str
    spikes: np.ndarray
    readout: np.ndarray
    seconds: float

    def classes(self) -> np.ndarray:
        """Return the class of each digit: the readout with the highest mean value."""
        return self.readout.mean(axis=0).argmax(axis=-1)

    def correct(self, labels: np.ndarray) -> int:
        """Return how many digits have the right class."""
        return int((self.classes() == labels).sum())

    def same_classes(self, other: Answers) -> int:
        """Return for how many digits the class is that of the other engine."""
        return int((self.classes() == other.classes()).sum())

    def same_spikes(self, other: Answers) -> int:
        """Return for how many digits every spike is that of the other engine."""
        return int((self.spikes == other.spikes).all(axis=(0, 2)).sum())

    def rates(self, duration: float) -> np.ndarray:
        """Return the mean rate of each neuron in Hz, from the duration of a trial in seconds."""
        return self.spikes.sum(axis=0).mean(axis=0) / duration
