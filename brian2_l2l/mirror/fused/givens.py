"""The pieces of events that a run is given."""

from __future__ import annotations

from .context import Context
from .edges import restores, saves
from .pieces import Piece

__all__ = ["given_backward", "given_forward"]


def given_forward(context: Context, number: int) -> Piece:
    """Return the piece that takes over the events of a step."""
    event = context.events[context.operations[number].emits]
    source = context.arguments.pointer(f"given {event.name}", "uint8_t")
    trials = context.arguments.number(f"trials {event.name}")
    step = context.index(event.clock)
    place = f"({step} * {trials} + ({trials} > 1 ? trial : 0)) * {event.size}"
    lines = [*saves(context, number), f"const uint8_t* const from = {source} + {place};"]
    lines.append(f"if (!AGAIN) l2l::pack_bits(from, {event.size}, {context.bits(event)});")
    if event.name in context.memory.state:
        lines += [
            f"truth* const fired = {context.address(event.name)};",
            f"l2l::convert(from, {event.size}, fired);",
        ]
    return Piece(f"{event.name}, given", tuple(lines))


def given_backward(context: Context, number: int) -> Piece:
    """Return the piece that hands out the adjoint of the given events of a step."""
    event = context.events[context.operations[number].emits]
    lines = restores(context, number)
    if event.active:
        pointer = context.arguments.pointer(f"gradient {event.name}", "real", constant=False)
        to = f"{pointer} + ({context.index(event.clock)} * run.batch + trial) * {event.size}"
        lines += [
            f"real* const bar = {context.event_bar(event, 0)};",
            f"if ({pointer}) l2l::copy(bar, {event.size}, {to});",
            f"l2l::clear(bar, {event.size});",
        ]
    return Piece(f"{event.name}, given", tuple(lines))
