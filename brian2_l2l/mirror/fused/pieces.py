"""The parts of a time step in C++, and how they are put together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

__all__ = ["Piece", "block_of", "body_of", "delays_of", "for_each_trial", "indented"]


@dataclass(frozen=True)
class Piece:
    """Lines of a time step.

    Attributes
    ----------
    title : str
    lines : tuple of str
        For trial ``b`` of the tile; or, of the ``whole`` tile, for all at once.
    whole : bool
    condition : str
        When they run.
    together : bool
        Whether they are for the trials of all threads at once.
    """

    title: str
    lines: tuple[str, ...]
    whole: bool = False
    condition: str = ""
    together: bool = False


def indented(lines: Iterable[str], by: int = 4) -> list[str]:
    """Return lines moved to the right; those of the preprocessor stay."""
    return [line if line.startswith("#") or not line else " " * by + line for line in lines]


def delays_of(delays: Sequence[int], type_: str = "static constexpr long") -> str:
    """Return the declaration of the delays of a pathway in time steps."""
    return f"{type_} delays[] = {{{', '.join(map(str, delays))}}};"


def body_of(pieces: Sequence[Piece]) -> list[str]:
    """Return the body of a step: each trial goes through neighbouring pieces at once."""
    lines = []
    for whole, group in groupby(pieces, key=lambda piece: piece.whole):
        inside = [line for piece in group for line in block_of(piece)]
        if whole:
            lines += inside
        else:
            lines += for_each_trial(inside)
    return lines


def for_each_trial(lines: Sequence[str], by: int = 0) -> list[str]:
    """Return the loop over the trials of a tile, moved to the right; none around no lines."""
    if not lines:
        return []
    loop = [
        "for (long b = 0; b < tile.trials; ++b) {",
        "    [[maybe_unused]] const long trial = tile.first + b;",
        *indented(lines),
        "}",
    ]
    return indented(loop, by)


def block_of(piece: Piece) -> list[str]:
    """Return the lines of a piece, with its title and its condition."""
    head = f"if ({piece.condition}) {{" if piece.condition else "{"
    return [f"// {piece.title}", head, *indented(piece.lines), "}"]
