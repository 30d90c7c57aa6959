"""Graph -> the graph of its adjoint, by reverse accumulation.

For each active array ``x`` there is an array ``~x`` of adjoints. The adjoint of a block reads the
adjoints of what the block has written, and leaves those of what it has read.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass

from .derivatives import pull_back
from .graph import Access, Accumulate, Fire, Graph, Record, Scatter, Store

__all__ = ["REAL", "Adjoint", "active_values", "adjoint_of", "differentiate"]

#: The types whose values can have a gradient; all adjoints are kept as ``real``.
REAL = frozenset({"real", "double"})


@dataclass(frozen=True, eq=False)
class Adjoint:
    """The adjoint of a graph.

    Attributes
    ----------
    graph : Graph
        Its first nodes are those of the block itself, with the same numbers; its order has the
        nodes and effects of the adjoint alone.
    primal : int
        The number of nodes of the block.
    """

    graph: Graph
    primal: int

    @property
    def values(self) -> list[int]:
        """What the effects of the adjoint need."""
        values = [effect.value for effect in self.graph.effects]
        places = [e.place for e in self.graph.effects if isinstance(e, Scatter)]
        return values + [value for place in places for value in place]

    def needed(self, known: frozenset[int] = frozenset()) -> set[int]:
        """Return all values that the adjoint is made of."""
        return self.graph.needed(self.values, known)


def adjoint_of(array: str) -> str:
    """Return the name of the array of adjoints."""
    return f"~{array}"


def array_of_record(slot: int) -> str:
    """Return the name that stands for what a record holds; nothing of the network is called so."""
    return f"#{slot}"


def slot_of(array: str) -> int | None:
    """Return the slot of the record that a name, or that of its adjoint, stands for, if any."""
    name = array.removeprefix("~")
    return int(name[1:]) if name.startswith("#") else None


def active_values(graph: Graph, active: Callable[[str], bool]) -> list[bool]:
    """Tell which values have an adjoint, where ``active`` tells which arrays and events have."""
    found: list[bool] = []
    for node in graph.nodes:
        if node.type not in REAL:
            found.append(False)
        elif node.operation == "load":
            found.append(active(node.data[0].array))
        elif node.operation == "gate":
            found.append(active(node.data.array))
        elif node.operation == "table":
            found.append(active(node.data))
        else:
            found.append(any(found[argument] for argument in node.arguments))
    return found


def differentiate(graph: Graph, active: Callable[[str], bool], lanes: int) -> Adjoint:
    """Return the adjoint of a block.

    Parameters
    ----------
    graph : Graph
    active : callable
        Tells whether an array, or an event, has a gradient.
    lanes : int
        Over how many lanes the block runs; with a single one, shared values need no sum.
    """
    return _Reverse(graph, active, lanes).run()


class _Reverse:
    def __init__(self, graph: Graph, active, lanes: int):
        self.primal, self.active, self.lanes = graph, active, lanes
        self.graph = copy(graph)
        self.graph.nodes = list(graph.nodes)
        self.graph._known, self.graph._versions = dict(graph._known), {}
        self.graph.order = []
        self.has = active_values(graph, active)
        self.bars: dict[int, int] = {}
        # The present adjoint of each element that belongs to this lane alone; None is 0.
        self.own: dict[Access, int | None] = {}

    def run(self) -> Adjoint:
        for item in reversed(self.primal.order):
            if isinstance(item, int):
                self._node(item)
            else:
                self._effect(item)
        for access, value in self.own.items():
            value = self.graph.constant(0, "real") if value is None else value
            if self.graph[value] != self.graph[self._load(access)]:
                self.graph.effect(Store(self._access(access), value))
        return Adjoint(self.graph, len(self.primal.nodes))

    # ---------------------------------------------------------- effects

    def _effect(self, effect) -> None:
        match effect:
            case Store(access=access, value=value) if self.active(access.array):
                self._add(value, self._read(access))
                self._clear(access)
            case Accumulate(access=access, value=value) if self.active(access.array):
                self._add(value, self._read(access))
            case Record(slot=slot, value=value):
                self._add(value, self._load(Access(array_of_record(slot))))
            case Fire(event=event, soft=soft) if soft is not None and self.active(event):
                self._add(soft, self._load(Access(event)))

    def _is_own(self, access: Access) -> bool:
        return access.index == "" or (access.index == "0" and self.lanes == 1)

    def _access(self, access: Access) -> Access:
        return Access(adjoint_of(access.array), access.index)

    def _load(self, access: Access) -> int:
        return self.graph.load(self._access(access), "real")

    def _read(self, access: Access) -> int | None:
        if not self._is_own(access):
            return self._load(access)
        if access not in self.own:
            self.own[access] = self._load(access)
        return self.own[access]

    def _clear(self, access: Access) -> None:
        if self._is_own(access):
            self.own[access] = None
        else:
            self.graph.effect(Store(self._access(access), self.graph.constant(0, "real")))

    # ------------------------------------------------------------ nodes

    def _add(self, value: int, bar: int | None) -> None:
        if bar is not None and self.has[value]:
            bar = self.graph.cast(self.graph[value].type, bar)
            known = self.bars.get(value)
            self.bars[value] = bar if known is None else self.graph.binary("add", known, bar)

    def _node(self, value: int) -> None:
        bar = self.bars.get(value)
        if bar is None:
            return
        node = self.graph[value]
        if node.operation == "load":
            self._give(node.data[0], bar)
        elif node.operation == "gate":
            self.graph.effect(Accumulate(self._access(node.data), bar))
        elif node.operation == "table":
            self.graph.effect(Scatter(adjoint_of(node.data), node.arguments, bar))
        for argument, share in pull_back(self.graph, value, bar, self.has.__getitem__):
            self._add(argument, share)

    def _give(self, access: Access, bar: int) -> None:
        bar = self.graph.cast("real", bar)
        if not self._is_own(access):
            self.graph.effect(Accumulate(self._access(access), bar))
            return
        before = self._read(access)
        self.own[access] = bar if before is None else self.graph.binary("add", before, bar)
