"""Straight-line programs over one lane: values in static single assignment, and their effects.

A block of the network becomes a `Graph`. Equal values exist once, so that what is common to several
statements, or to a statement and its derivative, is computed once.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

__all__ = [
    "Access",
    "Accumulate",
    "Fire",
    "Graph",
    "Node",
    "Record",
    "Scatter",
    "Store",
    "Uniform",
    "promote",
]

#: ``real`` is the type of the mirror; ``double`` is for times, whatever the mirror's type is.
RANKS = {"bool": 0, "int32": 1, "int64": 2, "real": 3, "double": 4}


def promote(*types: str) -> str:
    """Return the type that values of several types have together."""
    return max(types, key=RANKS.get)


@dataclass(frozen=True)
class Access:
    """An element of an array: of the lane, the only one (``'0'``), or by a table of indices."""

    array: str
    index: str = ""

    def __str__(self):
        return f"{self.array}[{self.index or 'i'}]"


@dataclass(frozen=True)
class Uniform:
    """Where a uniform random number is needed: its call, the step's number, and the element."""

    call: str
    step: str
    index: str = ""


@dataclass(frozen=True)
class Node:
    """One value; ``arguments`` are the numbers of others, ``data`` depends on the operation."""

    operation: str
    type: str
    arguments: tuple[int, ...] = ()
    data: object = None


@dataclass(frozen=True)
class Store:
    """Set an element."""

    access: Access
    value: int


@dataclass(frozen=True)
class Accumulate:
    """Add to an element."""

    access: Access
    value: int


@dataclass(frozen=True)
class Record:
    """Hand a value to a record of the run."""

    slot: int
    value: int


@dataclass(frozen=True)
class Fire:
    """Emit an event where ``value`` is true; ``soft`` is the spike with a gradient, if any."""

    event: str
    value: int
    soft: int | None


@dataclass(frozen=True)
class Scatter:
    """Add to an entry of a table; ``place`` is its row and, if there are several, its column."""

    table: str
    place: tuple[int, ...]
    value: int


Effect = Store | Accumulate | Record | Fire | Scatter


class Graph:
    """Nodes by number, and nodes and effects in the order of the program."""

    def __init__(self):
        self.nodes: list[Node] = []
        self.order: list[int | Effect] = []
        self.hints: dict[int, str] = {}
        self._known: dict[Node, int] = {}
        self._versions: dict[str, int] = {}

    def __getitem__(self, number: int) -> Node:
        return self.nodes[number]

    def add(self, operation: str, type_: str, arguments: Sequence[int] = (), data=None) -> int:
        """Return the number of a value, which is new only if there is none like it."""
        node = Node(operation, type_, tuple(arguments), data)
        if node not in self._known:
            self._known[node] = len(self.nodes)
            self.order.append(len(self.nodes))
            self.nodes.append(node)
        return self._known[node]

    # ------------------------------------------------------------ leaves

    def constant(self, value, type_: str) -> int:
        """Return a number that is known when the program is made."""
        value = {"bool": bool, "int32": int, "int64": int}.get(type_, float)(value)
        # Equal numbers of several types, and 0.0 and -0.0, must not become one.
        return self.add("constant", type_, (), (repr(value), value))

    def host(self, name: str, type_: str) -> int:
        """Return a number that is the same in all trials and lanes, by its name."""
        return self.add("host", type_, (), name)

    def load(self, access: Access, type_: str) -> int:
        """Return the present value of an element."""
        return self.add("load", type_, (), (access, self._versions.get(access.array, 0)))

    # ----------------------------------------------------------- effects

    def effect(self, effect: Effect) -> None:
        """Append an effect; later loads of the array see it."""
        self.order.append(effect)
        if isinstance(effect, Store | Accumulate):
            array = effect.access.array
            self._versions[array] = self._versions.get(array, 0) + 1

    @property
    def effects(self) -> list[Effect]:
        return [item for item in self.order if not isinstance(item, int)]

    def loads(self) -> Iterator[tuple[int, Access]]:
        """Yield the number and the access of every load."""
        for number, node in enumerate(self.nodes):
            if node.operation == "load":
                yield number, node.data[0]

    # ------------------------------------------------------- arithmetic

    def cast(self, type_: str, value: int) -> int:
        """Return a value as another type."""
        node = self[value]
        if node.type == type_:
            return value
        if node.operation == "constant":
            return self.constant(node.data[1], type_)
        return self.add("cast", type_, (value,))

    def binary(self, operation: str, left: int, right: int) -> int:
        """Return an arithmetic operation of two numbers in their common type."""
        type_ = promote(self[left].type, self[right].type)
        left, right = self.cast(type_, left), self.cast(type_, right)
        if operation == "mul" and self._is(left, 1):
            return right
        if operation in ("mul", "div") and self._is(right, 1):
            return left
        if operation in ("mod", "floordiv") and type_ in ("int32", "int64"):
            right = self._divisor(right)
        return self.add(operation, type_, (left, right))

    def _divisor(self, value: int) -> int:
        """Return a whole number that is not zero; the program tells where it would be."""
        node = self[value]
        if node.operation == "constant" and node.data[1]:
            return value
        return self.add("divisor", node.type, (value,))

    def _is(self, value: int, number: float) -> bool:
        node = self[value]
        return node.operation == "constant" and node.data[1] == number

    def unary(self, operation: str, value: int) -> int:
        """Return an operation of one number in its own type."""
        node = self[value]
        if operation == node.operation == "neg":
            return node.arguments[0]
        if operation == "finite" and node.operation == "constant":
            return value if math.isfinite(node.data[1]) else self.constant(0, node.type)
        return self.add(operation, node.type, (value,))

    def compare(self, operation: str, left: int, right: int) -> int:
        """Return the comparison of two values in their common type."""
        type_ = promote(self[left].type, self[right].type)
        return self.add(operation, "bool", (self.cast(type_, left), self.cast(type_, right)))

    def select(self, condition: int, if_true: int, if_false: int) -> int:
        """Return one of two values in their common type."""
        known = self[condition]
        type_ = promote(self[if_true].type, self[if_false].type)
        if_true, if_false = self.cast(type_, if_true), self.cast(type_, if_false)
        if known.operation == "constant":
            return if_true if known.data[1] else if_false
        return self.add("select", type_, (condition, if_true, if_false))

    def call(self, function: str, type_: str, *arguments: int) -> int:
        """Return a function of values."""
        return self.add("call", type_, arguments, function)

    def needed(self, values: Sequence[int], known: frozenset[int] = frozenset()) -> set[int]:
        """Return the numbers of all values that ``values`` are made of, except by ``known`` ones."""  # noqa: E501
        found: set[int] = set()
        waiting = list(values)
        while waiting:
            value = waiting.pop()
            if value not in found:
                found.add(value)
                if value not in known:
                    waiting.extend(self[value].arguments)
        return found
