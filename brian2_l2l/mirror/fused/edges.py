"""What happens before and after the lanes of an operation, in both directions."""

from __future__ import annotations

from .context import Context
from .operations import Operation

__all__ = ["announce", "consume", "old_rows", "recall", "restores", "saves"]


def saves(context: Context, number: int) -> list[str]:
    """Return the lines that keep old values, before the lanes run."""
    lines = []
    for name, tape in _tapes(context, number, context.kept[number].saves):
        # All events of a run are kept as bits anyway.
        if name in context.events:
            continue
        when = "if constexpr (TAPE)"
        if name in context.lasting:
            when = f"if (!AGAIN && {context.bits_kept(number, name)})"
        lines.append(f"{when} {_copy(context, name, context.address(name), tape)}")
    return lines


def restores(context: Context, number: int) -> list[str]:
    """Return the lines that put old values back."""
    return [
        _put_back(context, name, tape, context.address(name))
        for name, tape in _tapes(context, number, context.kept[number].restores)
    ]


def _tapes(context: Context, number: int, names) -> list[tuple[str, str]]:
    return [(name, context.saved(number, name)) for name in sorted(names)]


def _copy(context: Context, name: str, row: str, tape: str) -> str:
    type_, size = context.memory.state[name]
    copy = "pack_row" if type_ == "bool" else "copy_row"
    return f"l2l::{copy}({row}, {size}, {tape});"


def _put_back(context: Context, name: str, tape: str, row: str) -> str:
    type_, size = context.memory.state[name]
    copy = "unpack_row" if type_ == "bool" else "copy_row"
    return f"l2l::{copy}({tape}, {size}, {row});"


def old_rows(context: Context, places, version: str) -> tuple[dict[str, str], list[str]]:
    """Return the addresses of arrays as an operation kept them, and the lines that unpack them.

    Parameters
    ----------
    context : Context
    places : mapping of str to int
        The operation that has kept each.
    version : {'before', 'after'}
        Tells the rows of several calls apart.
    """
    rows, lines = {}, []
    for name, number in places.items():
        tape = context.saved(number, name)
        if context.memory.state[name][0] != "bool":
            rows[name] = tape
            continue
        scratch = context.names(f"{version} {name}")
        size = context.memory.state[name][1]
        context.scratch[scratch] = size
        rows[name] = f"tile.{scratch}.data"
        lines.append(_put_back(context, name, tape, rows[name]))
    return rows, lines


def announce(context: Context, operation: Operation) -> list[str]:
    """Return the lines that make bits of the events of a step."""
    if operation.emits is None:
        return []
    event = context.events[operation.emits]
    return [f"l2l::pack_row({context.address(event.name)}, {event.size}, {context.bits(event)});"]


def recall(context: Context, operation: Operation) -> list[str]:
    """Return the lines that make events of the bits of a step, where it is computed again."""
    if operation.emits is None:
        return []
    event = context.events[operation.emits]
    return [_put_back(context, event.name, context.bits(event), context.address(event.name))]


def consume(context: Context, operation: Operation) -> list[str]:
    """Return the lines that free the adjoint of the events of a step."""
    # The place in the ring is the next one's.
    if operation.emits is None or not context.events[operation.emits].active:
        return []
    event = context.events[operation.emits]
    bar = context.event_bar(event, 0)
    return [f"l2l::clear({bar}, {event.size});"]
