"""The loop over time, in Brian2's order of clocks and objects."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from .program import Program, set_clock
from .state import State

__all__ = ["Interval", "run", "ticks"]

#: As ``brian2.Clock.epsilon_dt``: times closer than this fraction of ``dt`` are the same time.
EPSILON = 1e-4


@dataclass
class Interval:
    """The steps of one clock in a run: from ``step`` to ``end - 1``."""

    step: int
    end: int
    dt: float

    @property
    def time(self) -> float:
        return self.step * self.dt


def ticks(clocks: Mapping[str, Interval]) -> Iterator[frozenset[str]]:
    """Yield the clocks that tick together, in order of time, and advance them.

    The clocks are advanced after what the caller does with them, as in ``Network.run``.
    """
    while True:
        first = min(clocks.values(), key=lambda clock: clock.time)
        if first.step >= first.end:
            return
        now = frozenset(
            name
            for name, clock in clocks.items()
            if clock.time == first.time
            or abs(clock.time - first.time) / min(first.dt, clock.dt) < EPSILON
        )
        yield now
        for name in now:
            clocks[name].step += 1


def run(
    program: Program,
    state: State,
    clocks: Mapping[str, Interval],
    after_step: Callable[[State], bool | None] | None = None,
    steps: int | None = None,
) -> None:
    """Run ``program`` until its clocks reach their ends.

    Parameters
    ----------
    program : Program
        Prepared for ``state``.
    state : State
    clocks : mapping of str to Interval
        Advanced in place.
    after_step : callable, optional
        Called with the state after each tick; the run stops when it returns True.
    steps : int, optional
        The largest number of ticks.
    """
    active = lru_cache(maxsize=None)(program.active)
    for count, now in enumerate(ticks(clocks), 1):
        for step in active(now):
            step.run(state)
        for name in now:
            set_clock(state, name, program.spec, clocks[name].step + 1)
        stop = after_step is not None and after_step(state)
        if stop or count == steps:
            for name in now:
                clocks[name].step += 1
            return
