"""All parts of a program -> one C++ source for the CPU."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from .compiler import headers
from .context import Context
from .givens import given_backward, given_forward
from .groups import segment_end
from .loops import loop_backward, loop_forward
from .operations import Loop, Operation, Pathway, Product
from .pathways import pathway_backward, pathway_forward
from .pieces import Piece, body_of, indented
from .products import product_backward, product_forward
from .render import surrogate_function
from .states import gradients, shared, states, sums
from .tiles import tile
from .together import phases
from .work import work

__all__ = ["Writer", "joined", "name_arguments", "steps", "text_of", "write_source"]

#: Writes the pieces of the operation with a number, in one direction.
Writer = Callable[[Context, int], list[Piece]]

WRITERS: dict[type, tuple[Writer, Writer]] = {
    Pathway: (pathway_forward, pathway_backward),
    Product: (product_forward, product_backward),
    Loop: (loop_forward, loop_backward),
}


@cache
def text_of(name: str) -> str:
    """Return the text of a file beside this one."""
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


def write_source(context: Context, double: bool) -> str:
    """Return the whole program.

    Parameters
    ----------
    context : Context
        Its arguments and its tape are filled as they are used.
    double : bool
    """
    name_arguments(context, "checkpoints")
    head = [headers(), text_of("functions.h"), text_of("steps.h")]
    if context.shared:
        forward, _ = pieces_of(context, WRITERS)
        functions, ends = phases(forward), [states(context)]
        ends, driver = [*ends, shared(context)], "driver_together.h"
        head.append(text_of("together.h"))
    else:
        functions, driver = steps(context, WRITERS, body_of), "driver.h"
        ends = [segment_end(context), states(context), gradients(context), sums(context)]
    # Whatever is written may need more memory and arguments, so they come last.
    parts = [work(context), tile(context), functions, *ends]
    return joined(context, double, head, parts, text_of(driver))


def name_arguments(context: Context, *memory: str) -> None:
    """Name the arguments of every program, and those that are memory to work in."""
    for name in ("batch", "ticks", "threads", "segment"):
        context.arguments.number(name)
    for name in memory:
        context.arguments.pointer(name, "char", constant=False)


def joined(
    context: Context, double: bool, head: Sequence[str], parts: Sequence[str], driver: str
) -> str:
    """Return the parts of a program as one text.

    Parameters
    ----------
    context : Context
    double : bool
    head : sequence of str
        What does not depend on the network.
    parts : sequence of str
        What does.
    driver : str
        The loops over trials and time.
    """
    memory = context.memory
    return "\n".join(
        [
            *head,
            f"using real = {'double' if double else 'float'};",
            "using truth = l2l::Truth<real>;",
            f"constexpr long TILE = {context.tile}, STATE = {memory.bytes};",
            f"constexpr long CHECKPOINT = {memory.checkpoint};  // so much of it is kept",
            f"constexpr long BARS = {memory.bar_bytes // memory.sizes['real']};",
            *(surrogate_function(s) for s in context.surrogates.values()),
            "namespace {",
            context.arguments.source,
            *parts,
            "}  // namespace",
            driver,
        ]
    )


def steps(
    context: Context,
    writers: Mapping[type, tuple[Writer, Writer]],
    body: Callable[[Sequence[Piece]], list[str]],
) -> str:
    """Return the functions of one time step in both directions.

    Parameters
    ----------
    context : Context
    writers : mapping of type to tuple of Writer
        For both directions, by the type of the operation.
    body : callable
        Puts pieces together.
    """
    forward, backward = pieces_of(context, writers)
    tails = [piece for e in context.events.values() if e.active for piece in _tail(context, e)]
    return "\n".join(
        [
            "// TAPE: keep what the adjoint needs; AGAIN: outputs are there already.",
            "template <bool TAPE, bool AGAIN>",
            "STEP void step(const Run& run, Tile& tile, long tick) {",
            *indented(body(forward)),
            "}",
            "STEP void step_back(const Run& run, Tile& tile, long tick) {",
            *indented(body([*tails, *backward])),
            "}",
        ]
    )


def pieces_of(
    context: Context, writers: Mapping[type, tuple[Writer, Writer]]
) -> tuple[list[Piece], list[Piece]]:
    """Return the pieces of one time step, and those of its adjoint."""
    forward, backward = [], []
    for number, operation in enumerate(context.operations):
        there, back = _written(context, number, operation, writers.get(type(operation)))
        forward += there
        backward = [*back, *backward]
    return forward, backward


def _written(
    context: Context, number: int, operation: Operation, write: tuple[Writer, Writer] | None
) -> tuple[list[Piece], list[Piece]]:
    there, back = [], []
    if write is not None:
        there, back = (direction(context, number) for direction in write)
        # A loop tells for each of its effects.
        if type(operation) is not Loop and not operation.writes & context.again:
            there = _only_if("!AGAIN", there)
    if operation.emits in context.givable:
        given = context.arguments.pointer(f"given {operation.emits}", "uint8_t")
        there = [*_only_if(f"!{given}", there), *_only_if(given, [given_forward(context, number)])]
        back = [*_only_if(f"!{given}", back), *_only_if(given, [given_backward(context, number)])]
    return tuple(_at_ticks(context, operation.clock, pieces) for pieces in (there, back))


def _at_ticks(context: Context, clock: str, pieces: list[Piece]) -> list[Piece]:
    if context.has_one_clock:
        return pieces
    ticks = context.arguments.pointer(f"ticks {clock}", "uint8_t")
    return _only_if(f"{ticks}[tick]", pieces)


def _only_if(condition: str, pieces: Sequence[Piece]) -> list[Piece]:
    return [
        replace(p, condition=f"{condition} && {p.condition}" if p.condition else condition)
        for p in pieces
        if p.lines
    ]


def _tail(context: Context, event) -> list[Piece]:
    """Return the piece that adds the adjoint of what is on its way at the end of the run."""
    pointer = context.arguments.pointer(f"gradient tail {event.name}", "real")
    steps = context.arguments.number(f"steps {event.clock}")
    rows = context.arguments.number(f"tail steps {event.name}")
    row = f"{context.index(event.clock)} - {steps} + {rows}"
    lines = (
        f"const real* const from = {pointer} + (({row}) * run.batch + trial) * {event.size};",
        f"real* const bar = {context.event_bar(event, 0)};",
        f"l2l::add(from, {event.size}, bar);",
    )
    piece = Piece(f"{event.name}, at the end", lines, condition=f"{pointer} && {row} >= 0")
    return _at_ticks(context, event.clock, [piece])
