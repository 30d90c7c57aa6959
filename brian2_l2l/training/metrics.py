"""Averages that stay right when batches have different sizes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple


class Average(NamedTuple):
    """A sum together with the number of things summed.

    A task returns its metrics as `Average`, so that a last batch of 5 trials does not weigh as
    much as a full batch of 128.

    Attributes
    ----------
    total : float
        The sum, for example the number of correct trials.
    count : float
        How many things the sum is over, for example the number of trials.
    """

    total: float
    count: float = 1

    @property
    def value(self) -> float:
        """The average; not a number when nothing was counted."""
        return self.total / self.count if self.count else float("nan")


def as_average(value: float | Average, size: int) -> Average:
    """Return `value` as `Average`; a plain number is taken as the average over `size` trials."""
    if isinstance(value, Average):
        return Average(float(value.total), float(value.count))
    return Average(float(value) * size, size)


def pool(batches: Iterable[Mapping[str, Average]]) -> dict[str, Average]:
    """Add up the metrics of several batches, name by name."""
    pooled: dict[str, Average] = {}
    for batch in batches:
        for name, average in batch.items():
            before = pooled.get(name, Average(0.0, 0.0))
            pooled[name] = Average(before.total + average.total, before.count + average.count)
    return pooled
