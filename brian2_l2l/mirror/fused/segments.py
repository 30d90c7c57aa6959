"""How many time steps the backward pass computes again at once."""

from __future__ import annotations

import math

from .context import Context

__all__ = ["segment_steps"]

#: The bytes of the tape of one thread that stay in a near cache.
NEAR = 2**19


def segment_steps(context: Context, wanted, ticks: int, batch: int, threads: int) -> int:
    """Return the steps of a segment.

    Parameters
    ----------
    context : Context
    wanted : int or 'auto' or None
        A number is taken; the others stand for what needs little memory and time.
    ticks, batch, threads : int
        Of the run.
    """
    if isinstance(wanted, int):
        return min(wanted, ticks)
    tape, state = context.tape_bytes, context.memory.checkpoint * batch
    if not tape:
        return ticks
    # Short ones need memory for their beginnings, long ones for their tape.
    least = math.isqrt(ticks * state // (threads * tape))
    return max(1, min(least, max(NEAR // tape, math.isqrt(ticks))))
