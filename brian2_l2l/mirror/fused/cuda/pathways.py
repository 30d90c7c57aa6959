"""The pieces of a pathway whose synapses run statements, and of its adjoint, for a team of threads.

Events run one after the other, in Brian2's order. The synapses of one event run side by side where
no two of them meet in an element, and else by one thread. A synapse has one source and one delay,
so that it runs at most once in a time step: what an event overwrites is kept in a row with room for
each synapse, from which the backward pass takes it back.

The adjoint of a source that did not spike changes nothing but the adjoint of its spike. So all
sources between two that spiked are visited at once, each by a warp.
"""

from __future__ import annotations

from functools import partial

from ..conflicts import Sharing, is_one_each, sharing_of
from ..context import Context
from ..edges import old_rows
from ..graph import Access, Graph, Store
from ..lane import Lane
from ..operations import Pathway
from ..pathways import logged
from ..pieces import Piece, delays_of, indented
from ..rows import EventLane
from .barriers import BARRIER, fenced
from .lanes import DELAYS

__all__ = ["pathway_backward", "pathway_forward"]

BY_THREADS = "for (int e = begin + l2l::thread(); e < end; e += l2l::THREADS) {"
BY_WARP = "for (int e = begin + l2l::lane(); e < end; e += l2l::WARP) {"
BY_ONE = "if (l2l::thread() == 0) for (int e = {}) {{"
LANE = "    [[maybe_unused]] const long i = synapse[e];"


class SynapseLane(EventLane):
    """A synapse beside others: only what has an event changes anything but its own adjoint."""

    def __init__(self, context, graph, loop, before=None, sums: bool = False):
        super().__init__(context, graph, loop, before)
        self.sharing, added = sharing_of(graph, partial(is_one_each, loop))
        # Events that run again must come out the same, so that only adjoints are added up in
        # whatever order.
        if self.sharing is Sharing.SUMS and not sums:
            self.sharing = Sharing.SERIAL
        self.added = added if self.sharing is Sharing.SUMS else frozenset()

    def accumulate(self, access: Access, value: int) -> None:
        """Write that a value is added to an element."""
        if access.array == f"~{self.loop.event}":
            self.emit(f"gate_bar += {self.render(value)};")
        elif access in self.added:
            self.emit(f"if (fired) atomicAdd(&{self.element(access)}, {self.render(value)});")
        else:
            self.emit(f"if (fired) {self.element(access)} += {self.render(value)};")

    def scatter(self, pointer: str, entry: str, value: str) -> None:
        """Write that a value is added to an entry of a table, which all teams share."""
        self.emit(f"if (fired && {pointer}) atomicAdd(&{entry}, {value});")

    def _effect(self, effect) -> None:
        before = len(self.lines)
        super()._effect(effect)
        if isinstance(effect, Store):
            self.lines[before:] = [f"if (fired) {line}" for line in self.lines[before:]]

    def over(self, begin: str = "begin", end: str = "end", backward: bool = False) -> str:
        """Return the head of the loop over the synapses of an event."""
        if self.sharing is not Sharing.SERIAL:
            return BY_THREADS
        if backward:
            return BY_ONE.format(f"{end} - 1; e >= {begin}; --e")
        return BY_ONE.format(f"{begin}; e < {end}; ++e")


def _head(context: Context, pathway: Pathway, lane: Lane) -> list[str]:
    synapse = context.arguments.pointer(f"synapse {pathway.name}", "int32_t")
    return [
        delays_of(pathway.wires.delays, DELAYS),
        f"[[maybe_unused]] const int32_t* const synapse = {synapse};",
        *lane.numbers.values(),
        *lane.pointers.values(),
    ]


def _first(context: Context, pathway: Pathway) -> str:
    first = context.arguments.pointer(f"first {pathway.name}", "int32_t")
    size = context.events[pathway.event].size
    return f"const int32_t* const first = {first} + d * {size + 1};"


def _bounds(source: str = "source") -> str:
    return f"const int begin = first[{source}], end = first[{source} + 1];"


def _logs(context: Context, number: int, pathway: Pathway, lane: Lane) -> list[tuple[str, str]]:
    """Return the elements that an event overwrites, and where they are kept."""
    found = []
    for k, access in enumerate(logged(context, number, pathway)):
        type_ = context.type_of(access.array)
        address = context.tape(f"{number} log {k}", type_, pathway.lanes)
        row = lane.pointer(f"log {number} {k}", type_, address)
        found.append((lane.element(access), f"{row}[e]"))
    return found


def pathway_forward(context: Context, number: int) -> list[Piece]:
    """Return the piece that runs the synapses of all events that arrive."""
    pathway: Pathway = context.operations[number]
    event, graph = context.events[pathway.event], pathway.graph
    lane = SynapseLane(context, graph, pathway)
    logs = _logs(context, number, pathway, lane)
    kept = [f"if constexpr (TAPE) {row} = {element};" for element, row in logs]
    lane.program(graph.order, graph.needed([effect.value for effect in graph.effects]))
    bits = context.bits(event, "delays[d]")
    lines = [
        *_head(context, pathway, lane),
        "[[maybe_unused]] constexpr bool fired = true;",
        f"for (int d = 0; d < {len(pathway.wires.delays)}; ++d) {{",
        f"    {_first(context, pathway)}",
        f"    l2l::for_each_bit({bits}, {event.size}, [&](int source) {{",
        f"        {_bounds()}",
        f"        {lane.over()}",
        *indented([LANE, *indented([*kept, *lane.lines])], 8),
        "        }",
        f"        {BARRIER}",
        "    });",
        "}",
    ]
    return [Piece(pathway.name, tuple(fenced(lines)))]


def pathway_backward(context: Context, number: int) -> list[Piece]:
    """Return the piece that takes the events back and runs the adjoint of the synapses."""
    pathway: Pathway = context.operations[number]
    adjoint, event = context.adjoints[number], context.events[pathway.event]
    if (adjoint is None or not adjoint.graph.effects) and not logged(context, number, pathway):
        return []
    graph: Graph = pathway.graph if adjoint is None else adjoint.graph
    rows, unpack = old_rows(context, context.kept[number].before, "before")
    lane = SynapseLane(context, graph, pathway, rows, sums=True)
    logs = _logs(context, number, pathway, lane)
    back = [f"{element} = {row};" for element, row in reversed(logs)]
    if adjoint is not None:
        wanted = adjoint.needed()
        lane.values(v for v in wanted if v < adjoint.primal)
        lane.program(adjoint.graph.order, wanted)
    active = event.active and adjoint is not None
    # What is put back shares elements as the forward pass does.
    if SynapseLane(context, pathway.graph, pathway).sharing is Sharing.SERIAL:
        lane.sharing = Sharing.SERIAL
    lines = [*_head(context, pathway, lane), *_all_sources(context, pathway, lane, back, active)]
    return [Piece(pathway.name, (*unpack, *fenced(lines)))]


def _all_sources(context: Context, pathway: Pathway, lane, back: list[str], active) -> list[str]:
    event = context.events[pathway.event]
    bits = context.bits(event, "delays[d]")
    between = ["silent(source + 1, high);", BARRIER] if active else []
    bar = [f"    real* const bar = {context.event_bar(event, 'delays[d]')};"] if active else []
    return [
        f"for (int d = {len(pathway.wires.delays) - 1}; d >= 0; --d) {{",
        f"    {_first(context, pathway)}",
        *bar,
        *(indented(_silent(lane)) if active else []),
        f"    [[maybe_unused]] int high = {event.size};",
        f"    l2l::for_each_bit_down({bits}, {event.size}, [&](int source) {{",
        *indented([*between, *_fired(lane, back, active), BARRIER, "high = source;"], 8),
        "    });",
        *(["    silent(0, high);", f"    {BARRIER}"] if active else []),
        "}",
    ]


def _silent(lane: SynapseLane) -> list[str]:
    """Return the function that visits sources that did not spike, each by a warp."""
    return [
        "const auto silent = [&](int low, int high) {",
        "    [[maybe_unused]] constexpr bool fired = false;",
        "    for (int source = low + l2l::warp(); source < high; source += l2l::WARPS) {",
        f"        {_bounds()}",
        "        real gate_bar = 0;",
        f"        {BY_WARP}",
        *indented([LANE, *indented(lane.lines)], 8),
        "        }",
        "        gate_bar = l2l::sum_of<l2l::WARP>(gate_bar);",
        "        if (l2l::lane() == 0) bar[source] += gate_bar;",
        "    }",
        "};",
    ]


def _fired(lane: SynapseLane, back: list[str], active: bool) -> list[str]:
    """Return the lines that take the event of a source back, by all threads."""
    total = ["gate_bar = l2l::team_sum(gate_bar, tile.partial.data);"]
    total += ["if (l2l::thread() == 0) bar[source] += gate_bar;"]
    return [
        "[[maybe_unused]] constexpr bool fired = true;",
        _bounds(),
        "[[maybe_unused]] real gate_bar = 0;",
        lane.over(backward=True),
        *indented([LANE.strip(), *back, *lane.lines]),
        "}",
        *(total if active else []),
    ]
