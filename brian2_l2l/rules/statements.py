"""The statements of Brian2 code, one at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator

from brian2.parsing.statements import parse_statement

__all__ = ["lines_of", "written_by"]


def lines_of(code: str) -> Iterator[tuple[str, str, str]]:
    """Yield the variable, the operator and the expression of each statement."""
    for line in re.split(r"[\n;]", code):
        text = line.split("#")[0].strip()
        if text:
            yield parse_statement(text)[:3]


def written_by(code: str) -> set[str]:
    """Return the variables to which code assigns."""
    return {variable for variable, _, _ in lines_of(code)}
