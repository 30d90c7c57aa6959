"""The C++ functions of a pathway whose synapses run statements, and of its adjoint.

Events run one after the other, in Brian2's order. What an event overwrites goes to a log, from
which the backward pass takes it back, so that it meets each event in the state that it had. The
spike of a source has a gradient also where it did not spike, so the adjoint visits all synapses.
"""

from __future__ import annotations

from .context import Context
from .graph import Accumulate, Store
from .loops import Lane
from .operations import Pathway

__all__ = ["pathway_backward", "pathway_forward"]


class EventLane(Lane):
    """A lane that knows whether it has an event."""

    def element(self, access, old=False):
        if access.array == f"~{self.loop.event}":
            return "gate_bar"
        if access.array == self.loop.event:
            return "fired"
        return super().element(access, old)


def _logged(context: Context, number: int, pathway: Pathway) -> list:
    """Return the elements that an event overwrites and the backward pass needs."""
    return [
        effect.access
        for effect in pathway.graph.effects
        if isinstance(effect, Store | Accumulate) and effect.access.array in context.saves[number]
    ]


def _wires(context: Context, pathway: Pathway) -> tuple[str, str, str]:
    first = context.arguments.pointer(f"first {pathway.name}", "int32_t")
    synapse = context.arguments.pointer(f"synapse {pathway.name}", "int32_t")
    delays = ", ".join(map(str, pathway.wires.delays))
    return first, synapse, f"static constexpr long delays[] = {{{delays}}};"


def pathway_forward(context: Context, number: int) -> str:
    """Return the function that runs the synapses of all events that arrive."""
    pathway: Pathway = context.operations[number]
    event = context.events[pathway.event]
    lane = EventLane(context, pathway.graph, pathway, context.hosts)
    kept = []
    for access in _logged(context, number, pathway):
        context.logs.add(number)
        kept.append(f"if constexpr (TAPE) tile.log_{number}[b].push({lane.element(access)});")
    wanted = [effect.value for effect in pathway.graph.effects]
    lane.program(pathway.graph.order, pathway.graph.needed(wanted))
    first, synapse, delays = _wires(context, pathway)
    body = "\n".join(f"                    {line}" for line in [*kept, *lane.lines])
    pointers = "\n".join(f"        {line}" for line in lane.pointers.values())
    numbers = "\n".join(f"    {line}" for line in lane.numbers.values())
    row = event.size + 1
    return f"""// {pathway.name}
template <bool TAPE> STEP void forward_{number}(const Run& run, Tile& tile, long tick) {{
    {delays}
    [[maybe_unused]] constexpr bool fired = true;
{numbers}
    for (long b = 0; b < tile.trials; ++b) {{
        [[maybe_unused]] const long trial = tile.first + b;
{pointers}
        for (int d = 0; d < {len(pathway.wires.delays)}; ++d) {{
            const int32_t* const first = {first} + d * {row};
            l2l::for_each_bit({context.bits(event, "delays[d]")}, {event.size}, [&](int source) {{
                for (int e = first[source]; e < first[source + 1]; ++e) {{
                    [[maybe_unused]] const long i = {synapse}[e];
{body}
                }}
            }});
        }}
    }}
}}
"""


def pathway_backward(context: Context, number: int) -> str | None:
    """Return the function that takes the events back and runs the adjoint of the synapses."""
    pathway: Pathway = context.operations[number]
    adjoint, event = context.adjoints[number], context.events[pathway.event]
    logged = _logged(context, number, pathway)
    if (adjoint is None or not adjoint.graph.effects) and not logged:
        return None
    graph = pathway.graph if adjoint is None else adjoint.graph
    lane = EventLane(context, graph, pathway, context.hosts)
    back = []
    for access in reversed(logged):
        type_ = context.type_of(access.array)
        back.append(f"if (fired) {lane.element(access)} = tile.log_{number}[b].pop<{type_}>();")
    if adjoint is not None:
        wanted = adjoint.needed()
        lane.values(v for v in wanted if v < adjoint.primal)
        lane.program(adjoint.graph.order, wanted)
    first, synapse, delays = _wires(context, pathway)
    body = "\n".join(f"                    {line}" for line in [*back, *lane.lines])
    pointers = "\n".join(f"        {line}" for line in lane.pointers.values())
    numbers = "\n".join(f"    {line}" for line in lane.numbers.values())
    row, count = event.size + 1, len(pathway.wires.delays)
    active = event.active and adjoint is not None
    give = f"{context.event_bar(event, 'delays[d]')}" if active else "nullptr"
    return f"""// {pathway.name}
STEP void backward_{number}(const Run& run, Tile& tile, long tick) {{
    {delays}
{numbers}
    for (long b = 0; b < tile.trials; ++b) {{
        [[maybe_unused]] const long trial = tile.first + b;
{pointers}
        for (int d = {count - 1}; d >= 0; --d) {{
            const int32_t* const first = {first} + d * {row};
            const uint64_t* const bits = {context.bits(event, "delays[d]")};
            [[maybe_unused]] real* const bar = {give};
            for (int source = {event.size - 1}; source >= 0; --source) {{
                const bool fired = bits[source / 64] >> (source % 64) & 1;
                {"" if active else "if (!fired) continue;"}
                [[maybe_unused]] real gate_bar = 0;
                for (int e = first[source + 1] - 1; e >= first[source]; --e) {{
                    [[maybe_unused]] const long i = {synapse}[e];
{body}
                }}
                {"bar[source] += gate_bar;" if active else ""}
            }}
        }}
    }}
}}
"""
