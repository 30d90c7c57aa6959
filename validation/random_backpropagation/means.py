"""Means of what was found with several seeds."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence

from .learning import Outcome

__all__ = ["by_name", "distance", "final", "mean"]

#: The number of test digits.
TESTS = 10_000


def distance(first: Sequence[Outcome], second: Sequence[Outcome]) -> float:
    """Give how far the errors at the end are from each other, in standard errors.

    Errors vary with the seed, and with the test digits that happen to be there.
    """
    square = 0.0
    for mine in (first, second):
        errors = [outcome.final for outcome in mine]
        spread = statistics.variance(errors) if len(errors) > 1 else 0.0
        share = final(mine)
        square += (spread + share * (100 - share) / TESTS) / len(errors)
    return abs(final(first) - final(second)) / square**0.5


def by_name(found: Iterable[Outcome]) -> dict[str, list[Outcome]]:
    """Give the outcomes of all seeds of each case."""
    groups: dict[str, list[Outcome]] = {}
    for outcome in found:
        groups.setdefault(outcome.name, []).append(outcome)
    return groups


def mean(mine: Sequence[Outcome], mark: int) -> float:
    """Give the mean error of a case over all seeds."""
    return statistics.mean(outcome.errors[mark] for outcome in mine)


def final(mine: Sequence[Outcome]) -> float:
    """Give the mean error of a case at the end, with all test digits."""
    return statistics.mean(outcome.final for outcome in mine)
