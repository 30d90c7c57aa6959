"""What takes long to make is kept, and made from its former self after something changed."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

__all__ = ["KEPT", "Kept"]

#: Things that are kept: those used last.
KEPT = 8


class Kept:
    """A function that keeps its latest results.

    Parameters
    ----------
    make : callable
        ``make(*key)`` returns what belongs to a key.
    move : callable
        ``move(former, *key)`` returns it after a change, from what it was before; or None if it has
        to be made anew.
    """

    def __init__(self, make: Callable, move: Callable):
        self._make, self._move = make, move
        self._results: dict[Hashable, Any] = {}
        self._outdated: set[Hashable] = set()

    def __call__(self, *key):
        if key not in self._results:
            result = self._make(*key)
        elif key in self._outdated:
            result = self._move(self._results.pop(key), *key) or self._make(*key)
        else:
            result = self._results.pop(key)
        self._outdated.discard(key)
        self._results[key] = result
        if len(self._results) > KEPT:
            oldest = next(iter(self._results))
            del self._results[oldest]
            self._outdated.discard(oldest)
        return result

    def outdate(self) -> None:
        """Say that all results are those of before a change."""
        self._outdated = set(self._results)
