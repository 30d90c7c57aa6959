"""The operations of a fused program: what one time step of the network is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from .graph import Accumulate, Fire, Graph, Store
from .matrices import Matrix, matrix_of
from .wires import Wires

__all__ = ["Given", "Loop", "Operation", "Pathway", "Product", "emitted_by"]


@dataclass(frozen=True, eq=False)
class Operation:
    """What runs once per tick of its clock."""

    name: str
    clock: str

    @property
    def writes(self) -> frozenset[str]:
        """The state arrays that it changes."""
        return frozenset()

    @property
    def emits(self) -> str | None:
        """The event that it emits, if any."""
        return None


@dataclass(frozen=True, eq=False)
class Loop(Operation):
    """Statements over all lanes.

    Attributes
    ----------
    lanes : int
    graph : Graph
    tables : mapping of str to numpy.ndarray
        The indices that lanes reach other elements with, by name.
    """

    lanes: int
    graph: Graph
    tables: Mapping[str, np.ndarray] = field(default_factory=dict)

    @property
    def writes(self):
        effects = self.graph.effects
        arrays = {e.access.array for e in effects if isinstance(e, Store | Accumulate)}
        return frozenset(arrays | {e.event for e in effects if isinstance(e, Fire)})

    @property
    def emits(self):
        return next((e.event for e in self.graph.effects if isinstance(e, Fire)), None)


@dataclass(frozen=True, eq=False)
class Pathway(Loop):
    """Statements over the synapses at which events arrive, one event after the other."""

    event: str = ""
    wires: Wires | None = None


@dataclass(frozen=True, eq=False)
class Product(Operation):
    """Add to each target the weights of the synapses at which events arrive.

    Attributes
    ----------
    event, weight, target : str
        The events, the input with one weight per synapse, and the array that is added to.
    sign : int
    guard : str, optional
        Only where this array is true.
    sources, targets : int
        The sizes of both groups.
    wires : Wires, optional
    post : numpy.ndarray, optional
        ``(synapse,)``: the target of each synapse.
    matrix : Matrix, optional
        Made of wires and targets when it is known whether the events have a gradient.
    """

    event: str = ""
    weight: str = ""
    target: str = ""
    sign: int = 1
    guard: str | None = None
    sources: int = 0
    targets: int = 0
    wires: Wires | None = None
    post: np.ndarray | None = None
    matrix: Matrix | None = None

    @property
    def writes(self):
        return frozenset({self.target})

    def with_matrix(self, device: str, active: bool) -> Product:
        """Return this product with its matrix; see `matrix_of`."""
        sizes = self.sources, self.targets
        matrix = matrix_of(self.wires, self.post, *sizes, device, active)
        return replace(self, matrix=matrix, wires=None, post=None)


@dataclass(frozen=True, eq=False)
class Given(Operation):
    """Events that a run is given, or that Brian2 lists."""

    event: str = ""

    @property
    def writes(self):
        return frozenset({self.event})

    @property
    def emits(self):
        return self.event


def emitted_by(operations: Sequence[Operation]) -> frozenset[str]:
    """Return the events that lanes emit, at each step."""
    loops = [operation for operation in operations if isinstance(operation, Loop)]
    return frozenset(loop.emits for loop in loops if loop.emits is not None)
