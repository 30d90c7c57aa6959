"""All parts of a program -> one source in CUDA C++."""

from __future__ import annotations

from functools import cache, partial
from pathlib import Path

from ..context import Context
from ..loops import loop_backward, loop_forward
from ..operations import Loop, Pathway, Product
from ..source import Writer, joined, name_arguments, steps, text_of
from ..states import gradients, states
from .barriers import body
from .lanes import TeamLane
from .pathways import pathway_backward, pathway_forward
from .products import product_backward, product_forward
from .tile import tile
from .work import work

__all__ = ["SHARED_BYTES", "head", "write_source"]

#: The memory of a block that every device has.
SHARED_BYTES = 48 * 1024
#: The threads of a block at most, and the teams, each of which needs a barrier of 16.
MOST_THREADS, MOST_TEAMS = 1024, 15

WRITERS: dict[type, tuple[Writer, Writer]] = {
    Pathway: (pathway_forward, pathway_backward),
    Product: (product_forward, product_backward),
    Loop: (partial(loop_forward, lane_type=TeamLane), partial(loop_backward, lane_type=TeamLane)),
}


@cache
def _text(name: str) -> str:
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


def write_source(context: Context, double: bool, threads: int, device: str | None = None) -> str:
    """Return the whole program.

    Parameters
    ----------
    context : Context
        Its arguments and its tape are filled as they are used.
    double : bool
    threads : int
        Of a team; a multiple of 32.
    device : str, optional
        The text that tells how the program is compiled; by default, by nvcc.
    """
    context.tile = 1
    name_arguments(context, "checkpoints", "workspace", "tape")
    context.arguments.number("keep")
    functions = steps(context, WRITERS, body)
    ends = [states(context), gradients(context)]
    # Whatever is written may need more memory and arguments, so they come last.
    parts = [_shared(context), work(context), tile(context), functions, *ends]
    return joined(context, double, [head(threads, device)], parts, _text("driver.h"))


def head(threads: int, device: str | None = None) -> str:
    """Return the text that stands before every program; the arguments are as in `write_source`."""
    device = _text("device.h") if device is None else device
    teams = max(1, min(MOST_TEAMS, MOST_THREADS // threads))
    numbers = f"namespace l2l {{ constexpr int THREADS = {threads}, TEAMS = {teams}; }}"
    parts = [numbers, _text("shapes.h"), device, _text("kernels.h"), text_of("functions.h")]
    return "\n".join(parts)


def _shared(context: Context) -> str:
    memory = context.memory
    size = memory.bytes + memory.bar_bytes
    return (
        "// The bytes of a team's state and its adjoint, if there is room for them near it.\n"
        f"constexpr long SHARED = {size if size <= SHARED_BYTES else 0};"
    )
