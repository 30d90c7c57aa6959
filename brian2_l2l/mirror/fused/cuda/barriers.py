"""Where the threads of a team wait for each other.

The rule: element ``i`` of every row of a trial belongs to thread ``i % THREADS`` of its team, in
every loop, copy and conversion of the program. What a thread does to its own elements needs no
barrier, in whatever order the lines stand. All other lines, which reach elements of other threads,
stand between two barriers. So of any two lines that meet in an element, with one of them reaching
it for another thread, there is a barrier between them.

The bits of events hold 32 elements to a half word; these belong to the threads of one warp, which
`pack_row` and `pack_bits` have wait for each other. The conditions of pieces are the same for all
threads of a team, so that all of them meet at each barrier.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..pieces import Piece, indented

__all__ = ["BARRIER", "body", "fenced"]

BARRIER = "l2l::barrier();"


def fenced(lines: Sequence[str]) -> list[str]:
    """Return lines that reach elements of other threads, between barriers."""
    return [BARRIER, *lines, BARRIER] if lines else []


def body(pieces: Sequence[Piece]) -> list[str]:
    """Return the body of a step for the only trial of a team."""
    lines = [
        "constexpr long b = 0;",
        "[[maybe_unused]] const long trial = tile.first;",
    ]
    waited = False
    for piece in pieces:
        inside = list(piece.lines)
        # Two barriers with nothing in between are one.
        if waited and inside[:1] == [BARRIER]:
            del inside[0]
        waited = inside[-1:] == [BARRIER] and not piece.condition
        head = f"if ({piece.condition}) {{" if piece.condition else "{"
        lines += [f"// {piece.title}", head, *indented(inside), "}"]
    return lines
