"""The loop over the synapses that one event reaches.

Where no two of them meet in an element they run side by side, as a vector. Where their numbers
follow each other, and so do the elements that they reach, these are found without tables.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from .conflicts import Sharing, is_one_each, sharing_of
from .context import Context
from .graph import Access, Graph, Uniform
from .lane import Lane
from .operations import Pathway
from .pieces import indented
from .wires import Wires

__all__ = ["EventLane", "RowLane"]


class EventLane(Lane):
    """A lane that knows whether it has an event."""

    def element(self, access, old=False):
        if access.array == f"~{self.loop.event}":
            return "gate_bar"
        if access.array == self.loop.event:
            return "fired"
        return super().element(access, old)

    def begins(self) -> str:
        """Return the line that tells where the synapses of each source with a delay begin."""
        first = self.context.arguments.pointer(f"first {self.loop.name}", "int32_t")
        sources = self.context.events[self.loop.event].size
        return f"const int32_t* const first = {first} + d * {sources + 1};"

    def synapses(self) -> str:
        """Return the array of the synapses of one source after the other."""
        return self.context.arguments.pointer(f"synapse {self.loop.name}", "int32_t")


def _is_run(wires: Wires, values: np.ndarray) -> bool:
    """Tell whether values by synapse go up by one from synapse to synapse of an event."""
    steps = np.diff(values[wires.synapse].astype(np.int64))
    inside = np.ones(len(steps), dtype=bool)
    first = np.unique(wires.first)
    inside[first[(first > 0) & (first < len(values))] - 1] = False
    return bool((steps[inside] == 1).all())


class RowLane(EventLane):
    """One of the synapses from ``begin`` to ``end`` that an event reaches."""

    def __init__(self, context: Context, graph: Graph, loop: Pathway):
        super().__init__(context, graph, loop)
        self.is_parallel = sharing_of(graph, partial(is_one_each, loop))[0] is Sharing.NONE
        numbers = np.arange(len(loop.wires.synapse))
        self.is_run = self.is_parallel and _is_run(loop.wires, numbers)
        self.shifts: dict[str, str] = {}
        self._is_run_of: dict[str, bool] = {}

    def is_run_of(self, access: Access | Uniform) -> bool:
        """Tell whether the synapses follow each other, and what they reach by an access too."""
        known, table = self._is_run_of, access.index
        if table not in known:
            known[table] = self.is_run and _is_run(self.loop.wires, self.loop.tables[table])
        return known[table]

    def table(self, access: Access | Uniform) -> str:
        """Return the table by which synapses reach an element."""
        return super().index(access).removesuffix("[i]")

    def index(self, access: Access | Uniform) -> str:
        if access.index in ("", "0") or not self.is_run_of(access):
            return super().index(access)
        name = self.context.names(f"shift {self.loop.name} {access.index}")
        self.shifts[name] = f"const long {name} = {self.table(access)}[i_0] - i_0;"
        return f"i + {name}"

    def over_row(self, before: Sequence[str], lines: Sequence[str]) -> list[str]:
        """Return the lines for all synapses of an event.

        Parameters
        ----------
        before : sequence of str
            What happens at a synapse before it runs.
        lines : sequence of str
        """
        one = f"[[maybe_unused]] const long i = {self.synapses()}[e];"
        by_number = "for (int e = begin; e < end; ++e) {"
        if not self.is_parallel:
            return [by_number, *indented([one, *before, *lines]), "}"]
        first = [by_number, *indented([one, *before]), "}"] if before else []
        side_by_side = "#pragma GCC ivdep"
        if not self.is_run:
            return [*first, side_by_side, by_number, *indented([one, *lines]), "}"]
        return [
            f"const long i_0 = {self.synapses()}[begin];",
            *self.shifts.values(),
            *first,
            side_by_side,
            "for (long i = i_0; i < i_0 + (end - begin); ++i) {",
            *indented(lines),
            "}",
        ]
