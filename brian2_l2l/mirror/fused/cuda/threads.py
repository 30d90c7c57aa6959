"""How many threads a team has."""

from __future__ import annotations

from ..context import Context

__all__ = ["WARP", "threads_of"]

#: The threads of a team at most: more of them wait longer at each barrier.
MOST_THREADS = 512
#: The threads that run together.
WARP = 32


def threads_of(context: Context) -> int:
    """Return the number of threads of a team: one for each element of the largest group."""
    sizes = [size for _, size in context.memory.state.values()]
    sizes += [event.size for event in context.events.values()]
    wanted = -(-max(sizes, default=1) // WARP) * WARP
    return max(WARP, min(MOST_THREADS, wanted))
