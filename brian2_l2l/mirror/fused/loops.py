"""The pieces of a loop over lanes, and of its adjoint."""

from __future__ import annotations

from .again import changes_of
from .context import Context
from .edges import announce, consume, old_rows, recall, restores, saves
from .graph import Record
from .lane import Lane
from .operations import Loop
from .pieces import Piece, indented
from .render import truth

__all__ = ["loop_backward", "loop_forward"]


def loop_forward(context: Context, number: int, lane_type: type[Lane] = Lane) -> list[Piece]:
    """Return the piece that runs a loop for one trial."""
    loop: Loop = context.operations[number]
    first = _lanes(context, number, lane_type, loop.graph.effects) + announce(context, loop)
    changes = changes_of(loop.graph, context.again)
    again = _lanes(context, number, lane_type, changes) + recall(context, loop)
    if not again:
        return [Piece(loop.name, (*saves(context, number), *first), condition="!AGAIN")]
    lines = first
    if again != first:
        lines = ["if constexpr (AGAIN) {", *indented(again), "} else {", *indented(first), "}"]
    return [Piece(loop.name, (*saves(context, number), *lines))]


def _lanes(context: Context, number: int, lane_type: type[Lane], effects) -> list[str]:
    """Return the loop over lanes with some of its effects, and with what the adjoint needs."""
    loop, taped = context.operations[number], context.needs[number].taped
    lane = lane_type(context, loop.graph, loop)
    order = [item for item in loop.graph.order if isinstance(item, int) or item in effects]
    lane.program(order, loop.graph.needed([*(effect.value for effect in effects), *taped]))
    for value in taped:
        tape = _taped(lane, context, number, loop, value)
        lane.emit(f"if constexpr (TAPE) {tape} = {truth(lane.render(value))};")
    return lane.over_lanes()


def _taped(lane: Lane, context: Context, number: int, loop: Loop, value: int) -> str:
    address = context.tape(f"{number} value {value}", "truth", loop.lanes)
    return f"{lane.pointer(f'tape {number} {value}', 'truth', address)}[i]"


def loop_backward(context: Context, number: int, lane_type: type[Lane] = Lane) -> list[Piece]:
    """Return the piece that runs the adjoint of a loop for one trial, and puts the state back."""
    loop, adjoint = context.operations[number], context.adjoints[number]
    back = restores(context, number)
    if (adjoint is None or not adjoint.graph.effects) and not back:
        return []
    lines = []
    if adjoint is not None:
        before, lines = old_rows(context, context.kept[number].before, "before")
        after, more = old_rows(context, context.kept[number].after, "after")
        lane = lane_type(context, adjoint.graph, loop, before)
        _replay(lane, context, number, after)
        lines = [*lines, *more, *lane.over_lanes()]
    lines += [*back, *consume(context, loop)]
    return [Piece(loop.name, tuple(lines), condition=_condition(context, loop))]


def _replay(lane: Lane, context: Context, number: int, after) -> None:
    loop, adjoint, needs = lane.loop, context.adjoints[number], context.needs[number]
    for value, name in needs.after.items():
        known, type_ = context.names(f"after {number} {value}"), lane.render.type(value)
        array = lane.array(name, "after", after.get(name))
        lane.emit(f"const {type_} {known} = {array}[i]{' != 0' if type_ == 'bool' else ''};")
        lane.render.known[value] = known
    for value in needs.taped:
        known = context.names(f"taped {number} {value}")
        lane.emit(f"const bool {known} = {_taped(lane, context, number, loop, value)} != 0;")
        lane.render.known[value] = known
    wanted = adjoint.needed(frozenset(needs.after) | frozenset(needs.taped))
    lane.values(v for v in wanted if v < adjoint.primal)
    lane.program(adjoint.graph.order, wanted)


def _condition(context: Context, loop: Loop) -> str:
    slots = [effect.slot for effect in loop.graph.effects if isinstance(effect, Record)]
    return " && ".join(_has_gradient(context, slot) for slot in slots)


def _has_gradient(context: Context, slot: int) -> str:
    record = context.records[slot]
    pointer = context.arguments.pointer(f"gradient record {slot}", "real")
    if record.reduction != "last":
        return f"{pointer}"
    last = context.arguments.number(f"last {record.clock}")
    return f"{pointer} && {context.index(record.clock)} == {last}"
