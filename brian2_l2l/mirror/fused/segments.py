"""How many time steps the backward pass computes again at once."""

from __future__ import annotations

import math

__all__ = ["segment_of"]

#: The bytes of the tape of one thread that stay in a near cache.
NEAR = 2**19


def segment_of(wanted, ticks: int, tape: int, state: int, workers: int) -> int:
    """Return the steps of a segment: by default those that need little memory and time.

    Parameters
    ----------
    wanted : int or 'auto' or None
    ticks : int
        The time steps of the run.
    tape : int
        The bytes that a worker keeps for each step of a segment.
    state : int
        The bytes of the states of all trials.
    workers : int
    """
    if isinstance(wanted, int):
        return min(wanted, ticks)
    if not tape:
        return ticks
    # Short ones need memory for their beginnings, long ones for their tape.
    least = math.isqrt(ticks * state // (workers * tape))
    return max(1, min(least, max(NEAR // tape, math.isqrt(ticks))))
