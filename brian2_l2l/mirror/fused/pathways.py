"""The pieces of a pathway whose synapses run statements, and of its adjoint.

Events run one after the other, in Brian2's order. What an event overwrites goes to a log, from
which the backward pass takes it back, so that it meets each event in the state that it had. The
spike of a source has a gradient also where it did not spike, so the adjoint visits all synapses.
"""

from __future__ import annotations

from .context import Context
from .edges import old_rows
from .graph import Accumulate, Store
from .lane import Lane
from .operations import Pathway
from .pieces import Piece, delays_of, indented
from .rows import EventLane, RowLane
from .together import together

__all__ = ["logged", "pathway_backward", "pathway_forward"]


def logged(context: Context, number: int, pathway: Pathway) -> list:
    """Return the elements that an event overwrites and the backward pass needs."""
    saves = context.kept[number].saves
    return [
        effect.access
        for effect in pathway.graph.effects
        if isinstance(effect, Store | Accumulate) and effect.access.array in saves
    ]


def _head(pathway: Pathway, lane: Lane) -> list[str]:
    return [delays_of(pathway.wires.delays), *lane.numbers.values(), *lane.pointers.values()]


def pathway_forward(context: Context, number: int) -> list[Piece]:
    """Return the piece that runs the synapses of all events that arrive."""
    pathway: Pathway = context.operations[number]
    event = context.events[pathway.event]
    lane = RowLane(context, pathway.graph, pathway)
    kept = []
    for access in logged(context, number, pathway):
        context.logs.add(number)
        kept.append(f"if constexpr (TAPE) tile.log_{number}[b].push({lane.element(access)});")
    wanted = [effect.value for effect in pathway.graph.effects]
    lane.program(pathway.graph.order, pathway.graph.needed(wanted))
    bits = context.bits(event, "delays[d]")
    lines = [
        *_head(pathway, lane),
        "[[maybe_unused]] constexpr bool fired = true;",
        f"for (int d = 0; d < {len(pathway.wires.delays)}; ++d) {{",
        f"    {lane.begins()}",
        f"    l2l::for_each_bit({bits}, {event.size}, [&](int source) {{",
        "        const int begin = first[source], end = first[source + 1];",
        "        if (begin == end) return;",
        *indented(lane.over_row(kept, lane.lines), 8),
        "    });",
        "}",
    ]
    if context.shared.keys() & pathway.writes:
        return [Piece(pathway.name, tuple(together(context, lane)), together=True)]
    return [Piece(pathway.name, tuple(lines))]


def pathway_backward(context: Context, number: int) -> list[Piece]:
    """Return the piece that takes the events back and runs the adjoint of the synapses."""
    pathway: Pathway = context.operations[number]
    adjoint, event = context.adjoints[number], context.events[pathway.event]
    overwritten = logged(context, number, pathway)
    if (adjoint is None or not adjoint.graph.effects) and not overwritten:
        return []
    graph = pathway.graph if adjoint is None else adjoint.graph
    rows, unpack = old_rows(context, context.kept[number].before, "before")
    lane = EventLane(context, graph, pathway, rows)
    back = []
    for access in reversed(overwritten):
        type_ = context.type_of(access.array)
        back.append(f"if (fired) {lane.element(access)} = tile.log_{number}[b].pop<{type_}>();")
    if adjoint is not None:
        wanted = adjoint.needed()
        lane.values(v for v in wanted if v < adjoint.primal)
        lane.program(adjoint.graph.order, wanted)
    active = event.active and adjoint is not None
    body = _all_sources(context, lane, [*back, *lane.lines], active)
    lines = [*unpack, *_head(pathway, lane), *body]
    return [Piece(pathway.name, tuple(lines))]


def _all_sources(context: Context, lane: EventLane, lines, active: bool) -> list[str]:
    event = context.events[lane.loop.event]
    bar = context.event_bar(event, "delays[d]") if active else "nullptr"
    return [
        f"for (int d = {len(lane.loop.wires.delays) - 1}; d >= 0; --d) {{",
        f"    {lane.begins()}",
        f"    const uint64_t* const bits = {context.bits(event, 'delays[d]')};",
        f"    [[maybe_unused]] real* const bar = {bar};",
        f"    for (int source = {event.size - 1}; source >= 0; --source) {{",
        "        const bool fired = bits[source / 64] >> (source % 64) & 1;",
        *([] if active else ["        if (!fired) continue;"]),
        "        [[maybe_unused]] real gate_bar = 0;",
        "        for (int e = first[source + 1] - 1; e >= first[source]; --e) {",
        f"            [[maybe_unused]] const long i = {lane.synapses()}[e];",
        *indented(lines, 12),
        "        }",
        *(["        bar[source] += gate_bar;"] if active else []),
        "    }",
        "}",
    ]
