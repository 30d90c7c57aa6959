"""The operations of a fused program: what one time step of the network is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from .graph import Accumulate, Fire, Graph, Store

__all__ = ["Array", "Event", "Given", "Loop", "Operation", "Pathway", "Product", "Wires"]


@dataclass(frozen=True)
class Array:
    """An array of the program.

    Attributes
    ----------
    name : str
    type : str
        Of its elements: ``bool``, ``int32``, ``int64``, ``real`` or ``double``.
    size : int
    storage : {'state', 'input', 'series', 'record'}
        Changed by the network, for each trial; constant, shared or for each trial; given for each
        step and trial; written for each step and trial.
    active : bool
        Whether it has a gradient.
    clock : str
        Of a series or a record.
    """

    name: str
    type: str
    size: int
    storage: str
    active: bool = False
    clock: str = ""


@dataclass(frozen=True)
class Event:
    """Spikes, or custom events, of a group.

    Attributes
    ----------
    name : str
    size : int
    clock : str
    lookback : int
        The longest delay with which anything listens to them, in steps.
    active : bool
        Whether they have a surrogate gradient.
    """

    name: str
    size: int
    clock: str
    lookback: int = 0
    active: bool = False

    @property
    def history(self) -> int:
        """The steps from before a run that are kept as bits: at least the last one."""
        return max(1, self.lookback)


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
        order = np.lexsort((np.arange(len(sources)), sources, -delays)).astype(np.int32)
        first = np.zeros((len(steps), size + 1), np.int32)
        for k, delay in enumerate(steps):
            before = int((delays > delay).sum())
            counts = np.bincount(sources[delays == delay], minlength=size)
            first[k] = before + np.concatenate([[0], np.cumsum(counts)])
        return cls(tuple(map(int, steps)), first, order, sources[order].astype(np.int32))


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
    wires : Wires
    post : numpy.ndarray
        ``(synapse,)``: the target of each synapse, in the order of the synapses.
    sources, targets : int
        The sizes of both groups.
    """

    event: str = ""
    weight: str = ""
    target: str = ""
    sign: int = 1
    guard: str | None = None
    wires: Wires | None = None
    post: np.ndarray | None = None
    sources: int = 0
    targets: int = 0

    @property
    def writes(self):
        return frozenset({self.target})

    @property
    def density(self) -> float:
        """The part of all pairs of neurons that have a synapse, for each of the delays."""
        pairs = self.sources * self.targets * max(1, len(self.wires.delays))
        return len(self.post) / max(1, pairs)


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
