"""Run in segments that are computed again in the backward pass, for less memory.

With segments of about sqrt(T) steps, T steps need memory for about sqrt(T) of them and one more
forward pass (Chen, Xu, Zhang, Guestrin 2016, arXiv 1604.06174).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from copy import copy

from torch.utils.checkpoint import checkpoint

from .loop import Interval, run
from .program import Program
from .state import State

__all__ = ["run_in_segments", "segment_length"]


def segment_length(wanted: int | str | None, clocks: Mapping[str, Interval]) -> int | None:
    """Return the steps of one segment; ``'auto'`` is the square root of the steps of a run."""
    if wanted != "auto":
        return wanted
    steps = max(clock.end - clock.step for clock in clocks.values())
    return max(1, math.isqrt(steps))


def run_in_segments(
    program: Program, state: State, clocks: Mapping[str, Interval], steps: int
) -> State:
    """Run ``program`` to the end of its clocks, segment by segment.

    Parameters
    ----------
    program : Program
        Prepared for ``state``.
    state : State
        Both stay as they are.
    clocks : mapping of str to Interval
    steps : int
        The steps of one segment.

    Returns
    -------
    state : State
        The state at the end, with the records of all segments.
    """
    records: dict[object, list] = {}
    while any(clock.step < clock.end for clock in clocks.values()):
        # The states of all generators are in `state`.
        state, clocks = checkpoint(
            _segment, program, state, clocks, steps, use_reentrant=False, preserve_rng_state=False
        )
        for key, kept in state.records.items():
            records.setdefault(key, []).extend(kept)
    state.records = records
    return state


def _segment(program: Program, start: State, clocks: Mapping[str, Interval], steps: int):
    state, clocks = start.snapshot(), {name: copy(clock) for name, clock in clocks.items()}
    run(program, state, clocks, steps=steps)
    return state, clocks
