"""How the weights of synapses are stored: as rows of all targets, or as compressed rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .layout import padded
from .operations import Product

__all__ = ["Matrix", "matrix_of"]

#: Below this part of all pairs, weights are kept in compressed rows.
DENSE = 1 / 3


@dataclass(frozen=True, eq=False)
class Matrix:
    """How the weights of a product are stored.

    Attributes
    ----------
    dense : bool
        Rows of all targets, or compressed rows.
    size : int
        The number of entries of all matrices together.
    place : numpy.ndarray
        ``(synapse,)``: the entry of each synapse; synapses between the same neurons share one.
    unique : bool
        Whether no two synapses do.
    first, target : numpy.ndarray
        Of compressed rows: where each begins, ``(delay, source + 1)``, and the target of each
        entry.
    """

    dense: bool
    size: int
    place: np.ndarray
    unique: bool
    first: np.ndarray
    target: np.ndarray

    @property
    def index(self) -> str:
        """The type of the targets: as short as possible, because they are read from far away."""
        return {2: "uint16_t", 4: "int32_t"}[self.target.itemsize]


def matrix_of(product: Product) -> Matrix:
    """Return how the weights of a product are stored."""
    wires, stride = product.wires, padded(product.targets)
    row = wires.delay * product.sources + wires.source
    post = product.post[wires.synapse].astype(np.int64)
    place = np.empty(len(post), np.int32)
    entries, found = np.unique(row * product.targets + post, return_inverse=True)
    unique = len(entries) == len(post)
    none = np.zeros(0, np.int32)
    if product.density >= DENSE:
        place[wires.synapse] = row * stride + post
        size = len(wires.delays) * product.sources * stride
        return Matrix(True, size, place, unique, none, none)
    place[wires.synapse] = found
    rows = np.arange(len(wires.delays) * product.sources + 1) * product.targets
    bounds = np.searchsorted(entries, rows).astype(np.int32)
    first = np.stack(
        [
            bounds[d * product.sources : (d + 1) * product.sources + 1]
            for d in range(len(wires.delays))
        ]
    )
    target = (entries % product.targets).astype(np.uint16 if product.targets <= 2**16 else np.int32)
    return Matrix(False, len(entries), place, unique, np.ascontiguousarray(first), target)
