"""The lanes of an operation over the threads of a team."""

from __future__ import annotations

import numpy as np

from ..conflicts import sharing_of
from ..graph import Access
from ..lane import Lane
from .barriers import BARRIER, fenced

__all__ = ["DELAYS", "EACH", "TeamLane", "is_single", "order_of"]

#: The type of the delays of a pathway: functions of a device have no static ones.
DELAYS = "constexpr int"
#: The loop of a team over elements, each for the thread to which it belongs.
EACH = "for (long {0} = l2l::thread(); {0} < {1}; {0} += l2l::THREADS) {{"


class TeamLane(Lane):
    """Writes a loop in which each thread takes the lanes that belong to it.

    Sums from several lanes go through a row with the share of each, which then each element adds
    up in the order of the lanes: the state must come out the same when a segment runs again.
    """

    def __init__(self, context, graph, loop, before=None):
        super().__init__(context, graph, loop, before)
        # No loop that is covered needs its lanes one after the other.
        _, self.added = sharing_of(graph, self._is_one_each)
        self.sums: list[str] = []

    def over_lanes(self) -> list[str]:
        """Return the declarations and the loop over all lanes."""
        if not self.lines:
            return []
        count = self.loop.lanes
        head = EACH.format("i", count)
        loop = [head, *(f"    {line}" for line in self.lines), "}"]
        if self.sums:
            loop += [BARRIER, *self.sums]
        loop = fenced(loop) if self._crosses else loop
        return [*self.numbers.values(), *self.pointers.values(), *loop]

    def accumulate(self, access: Access, value: int) -> None:
        """Write that a value is added to an element."""
        if access not in self.added:
            super().accumulate(access, value)
            return
        type_ = self.context.type_of(access.array)
        row, shares = self.context.names(f"share {len(self.sums)} of {type_}"), self.context.shares
        shares[row] = type_, max(self.loop.lanes, shares.get(row, ("", 0))[1])
        share = self.pointer(row, type_, f"tile.{row}.data")
        self.emit(f"{share}[i] = {self.render(value)};")
        self.sums += self._summed(access, share)

    def scatter(self, pointer: str, entry: str, value: str) -> None:
        """Write that a value is added to an entry of a table, which all teams share."""
        self.emit(f"if ({pointer}) atomicAdd(&{entry}, {value});")

    def _summed(self, access: Access, share: str) -> list[str]:
        array = self.array(access.array)
        if access.index == "0":
            return [f"l2l::add_all({share}, {self.loop.lanes}, {array});"]
        key = f"{self.loop.name} {access.index}"
        first = self.context.arguments.pointer(f"first {key}", "int32_t")
        order = self.context.arguments.pointer(f"order {key}", "int32_t")
        size = len(order_of(self.loop.tables[access.index])[0]) - 1
        return [f"l2l::add_groups({share}, {first}, {order}, {size}, {array});"]

    @property
    def _crosses(self) -> bool:
        """Whether a lane reaches an element of another thread that changes during a run."""
        state = self.context.memory.state
        return any(
            not self._is_own(access)
            for access in self._written | self._read
            if access.array.startswith("~") or access.array in state
        )

    def _is_own(self, access: Access) -> bool:
        return access.index == "" or (access.index == "0" and self.loop.lanes == 1)

    def _is_one_each(self, access: Access) -> bool:
        return self._is_own(access) or (
            access.index != "0" and is_single(self.loop.tables[access.index])
        )


def is_single(table: np.ndarray) -> bool:
    """Return whether no element is there twice."""
    return len(np.unique(table)) == len(table)


def order_of(table: np.ndarray, size: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Return where the lanes of each element begin, and the lanes in the order of elements."""
    order = np.argsort(table, kind="stable").astype(np.int32)
    size = int(table.max(initial=-1)) + 1 if size is None else size
    first = np.searchsorted(table[order], np.arange(size + 1)).astype(np.int32)
    return first, order
