"""What happens before and after the lanes of a loop, in both directions."""

from __future__ import annotations

from .context import Context
from .layout import C_TYPES
from .operations import Loop

__all__ = ["announce", "consume", "restores", "saves"]


def _copies(context: Context, number: int, names) -> list[tuple[str, str, str]]:
    found = []
    for name in sorted(names):
        type_, size = context.memory.state[name]
        count = f"{size} * sizeof({C_TYPES[type_]})"
        found.append((context.saved(number, name), context.address(name), count))
    return found


def saves(context: Context, number: int, names) -> list[str]:
    """Return the lines that keep old values, before the lanes run."""
    return [
        f"std::memcpy({tape}, {array}, {count});"
        for tape, array, count in _copies(context, number, names)
    ]


def restores(context: Context, number: int, names) -> list[str]:
    """Return the lines that put old values back."""
    return [
        f"std::memcpy({array}, {tape}, {count});"
        for tape, array, count in _copies(context, number, names)
    ]


def announce(context: Context, loop: Loop) -> list[str]:
    """Return the lines that make bits of the events of a step."""
    if loop.emits is None:
        return []
    event = context.events[loop.emits]
    return [f"l2l::pack_bits({context.address(event.name)}, {event.size}, {context.bits(event)});"]


def consume(context: Context, loop: Loop) -> list[str]:
    """Return the lines that free the adjoint of the events of a step."""
    # The place in the ring is the next one's.
    if loop.emits is None or not context.events[loop.emits].active:
        return []
    event = context.events[loop.emits]
    bar = context.event_bar(event, 0)
    return [f"std::memset({bar}, 0, {event.size} * sizeof(real));"]
