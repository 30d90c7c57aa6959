"""How the weights of synapses are stored: as rows of all targets, or as compressed rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .layout import padded
from .wires import Wires

__all__ = ["Matrix", "matrix_of"]

#: Below this part of all pairs, weights are kept in compressed rows; by the type of the device, and
#: by whether the events have a gradient. If so, it is a product with the weights of all sources,
#: which costs more than the rows of the few that have an event. A vector adds a row of all targets
#: several times faster. To the threads of a GPU, few of which have an entry of a short row, rows of
#: all targets always cost less.
DENSE = {
    ("cpu", True): 1 / 3,
    ("cpu", False): 1 / 8,
    ("cuda", True): 1 / 16,
    ("cuda", False): 1 / 16,
}


@dataclass(frozen=True, eq=False)
class Matrix:
    """How the weights of synapses are stored.

    Attributes
    ----------
    synapses : int
        Their number.
    delays : tuple of int
        In steps, the longest first; there is one matrix for each.
    dense : bool
        Rows of all targets, or compressed rows.
    size : int
        The number of entries of all matrices together.
    place : numpy.ndarray or None
        ``(synapse,)``: the entry of each synapse; synapses between the same neurons share one.
        None if the synapses are all pairs of neurons, in order.
    unique : bool
        Whether no two synapses share an entry.
    first, target : numpy.ndarray or None
        Of compressed rows: where each begins, ``(delay, source + 1)``, and the target of each
        entry.
    """

    synapses: int
    delays: tuple[int, ...]
    dense: bool
    size: int
    place: np.ndarray | None
    unique: bool
    first: np.ndarray | None = None
    target: np.ndarray | None = None

    @property
    def index(self) -> str:
        """The type of the targets: as short as possible, because they are read from far away."""
        return {2: "uint16_t", 4: "int32_t"}[self.target.itemsize]

    @property
    def form(self) -> tuple:
        """All that the text of a program knows of it."""
        size = self.size if self.dense else self.index
        return self.delays, self.dense, self.place is None, self.unique, size


def matrix_of(
    wires: Wires, post: np.ndarray, sources: int, targets: int, device: str, active: bool
) -> Matrix:
    """Return how the weights of synapses are stored.

    Parameters
    ----------
    wires : Wires
    post : numpy.ndarray
        ``(synapse,)``: the target of each synapse, in the order of the synapses.
    sources, targets : int
        The sizes of both groups.
    device : str
        The type of the device.
    active : bool
        Whether the events have a gradient.
    """
    rows = len(wires.delays) * sources
    if len(post) >= DENSE[device, active] * rows * targets:
        return _dense(wires, post, rows, targets)
    return _compressed(wires, post, sources, targets)


def _rows_of(wires: Wires, sources: int) -> np.ndarray:
    """Return the row of each synapse, in the order in which events reach them."""
    return wires.delay * sources + wires.source


def _dense(wires: Wires, post: np.ndarray, rows: int, targets: int) -> Matrix:
    stride = padded(targets)
    place, size = np.empty(len(post), np.int32), rows * stride
    place[wires.synapse] = _rows_of(wires, rows // len(wires.delays)) * stride
    place += post
    taken = np.zeros(size, bool)
    taken[place] = True
    unique = int(taken.sum()) == len(post)
    if unique and len(post) == rows * targets and bool((np.diff(place) > 0).all()):
        place = None
    return Matrix(len(post), wires.delays, True, size, place, unique)


def _compressed(wires: Wires, post: np.ndarray, sources: int, targets: int) -> Matrix:
    pairs = _rows_of(wires, sources) * targets + post[wires.synapse].astype(np.int64)
    entries, found = np.unique(pairs, return_inverse=True)
    place = np.empty(len(post), np.int32)
    place[wires.synapse] = found
    delays = np.arange(len(wires.delays))[:, None]
    bounds = (delays * sources + np.arange(sources + 1)) * targets
    first = np.searchsorted(entries, bounds).astype(np.int32)
    target = (entries % targets).astype(np.uint16 if targets <= 2**16 else np.int32)
    unique = len(entries) == len(post)
    return Matrix(len(post), wires.delays, False, len(entries), place, unique, first, target)
