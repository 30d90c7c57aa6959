"""All parts of a program -> one C++ source."""

from __future__ import annotations

from collections.abc import Sequence
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
from .states import gradients, states
from .tiles import tile
from .work import work

__all__ = ["write_source"]

WRITERS = {
    Pathway: (pathway_forward, pathway_backward),
    Product: (product_forward, product_backward),
    Loop: (loop_forward, loop_backward),
}


@cache
def _text(name: str) -> str:
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


def write_source(context: Context, double: bool) -> str:
    """Return the whole program.

    Parameters
    ----------
    context : Context
        Its arguments and its tape are filled as they are used.
    double : bool
    """
    for name in ("batch", "ticks", "threads", "segment"):
        context.arguments.number(name)
    context.arguments.pointer("checkpoints", "char", constant=False)
    steps = _steps(context)
    ends = [segment_end(context), states(context), gradients(context)]
    # Whatever is written may need more memory and arguments, so they come last.
    parts = [work(context), tile(context), steps, *ends]
    memory = context.memory
    return "\n".join(
        [
            headers(),
            _text("functions.h"),
            f"using real = {'double' if double else 'float'};",
            "using truth = l2l::Truth<real>;",
            f"constexpr long TILE = {context.tile}, STATE = {memory.bytes};",
            f"constexpr long BARS = {memory.bar_bytes // memory.sizes['real']};",
            *(surrogate_function(s) for s in context.surrogates.values()),
            "namespace {",
            context.arguments.source,
            *parts,
            "}  // namespace",
            _text("driver.h"),
        ]
    )


def _steps(context: Context) -> str:
    """Return the functions of one time step in both directions."""
    forward, backward = [], []
    for number, operation in enumerate(context.operations):
        there, back = _written(context, number, operation)
        forward += there
        backward = [*back, *backward]
    tails = [piece for e in context.events.values() if e.active for piece in _tail(context, e)]
    return "\n".join(
        [
            "template <bool TAPE> STEP void step(const Run& run, Tile& tile, long tick) {",
            *indented(body_of(forward)),
            "}",
            "STEP void step_back(const Run& run, Tile& tile, long tick) {",
            *indented(body_of([*tails, *backward])),
            "}",
        ]
    )


def _written(
    context: Context, number: int, operation: Operation
) -> tuple[list[Piece], list[Piece]]:
    there, back = [], []
    write = WRITERS.get(type(operation))
    if write is not None:
        there, back = (direction(context, number) for direction in write)
    if operation.emits in context.givable:
        given = context.arguments.pointer(f"given {operation.emits}", "uint8_t")
        there = [*_only_if(f"!{given}", there), *_only_if(given, [given_forward(context, number)])]
        back = [*_only_if(f"!{given}", back), *_only_if(given, [given_backward(context, number)])]
    if len(context.clocks) == 1:
        return there, back
    ticks = context.arguments.pointer(f"ticks {operation.clock}", "uint8_t")
    return _only_if(f"{ticks}[tick]", there), _only_if(f"{ticks}[tick]", back)


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
    rows = context.arguments.number(f"tail {event.name}")
    row = f"{context.index(event.clock)} - {steps} + {rows}"
    lines = (
        f"const real* const from = {pointer} + (({row}) * run.batch + trial) * {event.size};",
        f"real* const bar = {context.event_bar(event, 0)};",
        f"for (int i = 0; i < {event.size}; ++i) bar[i] += from[i];",
    )
    piece = Piece(f"{event.name}, at the end", lines, condition=f"{pointer} && {row} >= 0")
    if len(context.clocks) == 1:
        return [piece]
    ticks = context.arguments.pointer(f"ticks {event.clock}", "uint8_t")
    return _only_if(f"{ticks}[tick]", [piece])
