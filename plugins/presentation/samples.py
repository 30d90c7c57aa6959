"""Samples as TimedArrays, of which the equations of a network are made."""

from __future__ import annotations

from math import gcd
from typing import Any

import numpy as np
from brian2 import TimedArray
from brian2.units import Quantity, ms, second

from brian2_l2l.errors import TrainingError
from brian2_l2l.training import check_count, check_quantity

__all__ = ["Samples"]


class Samples:
    """A number of samples that are shown one after the other in one run.

    Parameters
    ----------
    inputs : int
        The number of values of a sample.
    classes : int
        The number of labels.
    chunk : int
        The number of samples of a run. The network rests at the start of each.
    sample : Quantity
        The time of a sample.
    pause : Quantity
        How long nothing is learned at the start of a sample, and answers do not count.

    Attributes
    ----------
    intensity, label, learning : TimedArray
        For equations: ``intensity(t, i)`` from 0 to 1, the ``label(t)`` of the sample from 0 on,
        and ``learning(t)``, which is 1 after the pause of samples to learn (or another factor, that
        a schedule gives) and 0 otherwise.

    Raises
    ------
    TrainingError
        If an argument is not valid.
    """

    def __init__(
        self,
        inputs: int,
        classes: int,
        chunk: int = 1000,
        *,
        sample: Quantity = 250 * ms,
        pause: Quantity = 50 * ms,
    ) -> None:
        for name, number in (("inputs", inputs), ("classes", classes), ("chunk", chunk)):
            check_count(name, number)
        check_quantity("sample", sample, second, example="250*ms")
        microseconds = [round(float(time) * 1e6) for time in (sample, pause)]
        if not 0 <= microseconds[1] < microseconds[0]:
            raise TrainingError(f"pause={pause} must be shorter than sample={sample}.")
        self.inputs, self.classes, self.chunk = inputs, classes, chunk
        self.sample, self.pause = sample, pause
        part = gcd(*microseconds)
        self._parts, self._still = (time // part for time in microseconds)
        self.intensity = TimedArray(np.zeros((chunk, inputs)), dt=sample)
        self.label = TimedArray(np.zeros(chunk), dt=sample)
        self.learning = TimedArray(np.zeros(chunk * self._parts), dt=part / 1e6 * second)

    @property
    def duration(self) -> Quantity:
        """The time of a run."""
        return self.chunk * self.sample

    @property
    def namespace(self) -> dict[str, TimedArray]:
        """The arrays by the names that equations use."""
        return {"intensity": self.intensity, "label": self.label, "learning": self.learning}

    def check(self, values: Any, labels: Any = None) -> tuple[np.ndarray, np.ndarray | None]:
        """Return samples as arrays, if they can be shown.

        Parameters
        ----------
        values : array
            ``(sample, input)``, or ``(sample, ...)`` with as many values; from 0 to 1, or bytes,
            which are shown as parts of 255.
        labels : array of int, optional
            ``(sample,)``.

        Raises
        ------
        TrainingError
            If they have other shapes or values.
        """
        values = np.asarray(values)
        found = int(np.prod(values.shape[1:], dtype=int))
        if values.ndim < 2 or not len(values) or found != self.inputs:
            raise TrainingError(
                f"The samples have the shape {values.shape}, so {found} values each; the network "
                f"has {self.inputs} inputs. Give an array (sample, input)."
            )
        values = values.reshape(len(values), -1)
        self._check_range(values)
        return values, None if labels is None else self._check_labels(labels, len(values))

    def _check_range(self, values: np.ndarray) -> None:
        lowest, highest = values.min(), values.max()
        if values.dtype == np.uint8:
            if highest == 1:
                raise TrainingError(
                    "The samples are bytes of which none is above 1, so that they would be shown "
                    "as 0 and 1/255. Convert them: values.astype(bool)."
                )
        elif not (lowest >= 0 and highest <= 1):
            raise TrainingError(
                f"The samples have values from {lowest} to {highest} ({values.dtype}); they must "
                "be from 0 to 1, or bytes (uint8)."
            )

    def _check_labels(self, labels: Any, samples: int) -> np.ndarray:
        labels = np.asarray(labels)
        if labels.shape != (samples,):
            raise TrainingError(f"{samples} samples have labels of the shape {labels.shape}.")
        if not np.issubdtype(labels.dtype, np.integer) or not (
            labels.min() >= 0 and labels.max() < self.classes
        ):
            raise TrainingError(
                f"The labels go from {labels.min()} to {labels.max()} ({labels.dtype}); they must "
                f"be whole numbers from 0 to {self.classes - 1}."
            )
        return labels

    def arrays(
        self, values: np.ndarray, labels: np.ndarray | None, factor: float = 1.0
    ) -> dict[str, np.ndarray]:
        """Return the contents of the TimedArrays for at most a chunk of samples.

        Without labels nothing is learned, and else by a factor. Samples that lack are empty.
        """
        number = len(values)
        found = {name: np.zeros_like(array.values) for name, array in self.namespace.items()}
        found["intensity"][:number] = values / 255 if values.dtype == np.uint8 else values
        if labels is not None:
            found["label"][:number] = labels
            window = found["learning"].reshape(self.chunk, self._parts)
            window[:number, self._still :] = factor
        return found

    def counts(self, times: np.ndarray, neurons: np.ndarray) -> np.ndarray:
        """Return the number of spikes ``(sample, class)`` after the pauses.

        Parameters
        ----------
        times : array
            In seconds.
        neurons : array of int
        """
        sample, since = np.divmod(times + 1e-9, float(self.sample))
        found = np.zeros((self.chunk, self.classes), dtype=np.int64)
        shown = (since >= float(self.pause)) & (sample < self.chunk)
        np.add.at(found, (sample[shown].astype(int), neurons[shown]), 1)
        return found
