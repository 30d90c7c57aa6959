"""Keep masked lanes out of arithmetic that is not meant for them.

``(unless refractory)`` makes Brian2 multiply by ``int(not_refractory)`` and throw the result away
where it is 0. Exponential Euler then divides 0 by 0 in the lanes thrown away: harmless as a value,
but the gradient of a masked NaN is NaN. What is used by guarded writes alone is therefore evaluated
as if the guard were open everywhere; no value that is kept changes.
"""

from __future__ import annotations

from dataclasses import replace

from ..spec.expressions import (
    Choice,
    Expression,
    Number,
    names_in,
    substitute,
)
from ..spec.network_spec import Block, Statement

__all__ = ["open_guards"]


def open_guards(block: Block) -> Block:
    """Return ``block`` with vector statements that have open guards where possible."""
    statements = list(block.vector)
    for guard in sorted(set(block.guards.values())):
        for position in _only_for_guarded(block, statements, guard):
            value = _open(statements[position].value, guard)
            statements[position] = replace(statements[position], value=value)
    return replace(block, vector=tuple(statements))


def _only_for_guarded(block: Block, statements: list[Statement], guard: str) -> set[int]:
    first = max((k for k, s in enumerate(statements) if s.target == guard), default=-1) + 1
    found = {
        k
        for k in range(first, len(statements))
        if block.guards.get(statements[k].target) == guard and statements[k].target in block.arrays
    }
    for k in range(len(statements) - 1, first - 1, -1):
        statement = statements[k]
        if statement.op != ":=" or statement.target in block.arrays:
            continue
        users = {j for j, s in enumerate(statements) if statement.target in names_in(s.value)}
        if users and users <= found:
            found.add(k)
    return found


def _open(value: Expression, guard: str) -> Expression:
    if isinstance(value, Choice) and names_in(value.condition) == {guard}:
        value = value.if_true
    return substitute(value, {guard: Number("boolean", True)})
