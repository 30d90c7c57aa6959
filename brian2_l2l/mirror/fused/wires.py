"""The synapses of a pathway in the order in which events reach them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["Wires"]


@dataclass(frozen=True, eq=False)
class Wires:
    """Synapses of a pathway by delay and source, in the order in which Brian2 runs them.

    Attributes
    ----------
    delays : tuple of int
        All delays in steps, the longest first.
    first : numpy.ndarray
        ``(delay, source + 1)``: where the synapses of each source begin.
    synapse : numpy.ndarray
        ``(synapse,)``: the synapses themselves.
    source : numpy.ndarray
        ``(synapse,)``: the source of each, in the same order.
    """

    delays: tuple[int, ...]
    first: np.ndarray
    synapse: np.ndarray
    source: np.ndarray

    @property
    def delay(self) -> np.ndarray:
        """``(synapse,)``: which of the delays each has, in the same order."""
        return np.repeat(np.arange(len(self.delays)), np.diff(self.first[:, [0, -1]]).ravel())

    @classmethod
    def of(cls, sources: np.ndarray, delays: np.ndarray, size: int) -> Wires:
        """Return the wires of synapses with these sources, out of ``size``, and delays."""
        steps = np.unique(delays)[::-1]
        order = np.lexsort((sources, -delays)).astype(np.int32)
        first = np.zeros((len(steps), size + 1), np.int32)
        for k, delay in enumerate(steps):
            before = int((delays > delay).sum())
            counts = np.bincount(sources[delays == delay], minlength=size)
            first[k] = before + np.concatenate([[0], np.cumsum(counts)])
        return cls(tuple(map(int, steps)), first, order, sources[order].astype(np.int32))
