"""Numbers that are the same in all trials and lanes, and change from step to step."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from copy import copy

import numpy as np

from ...spec.network_spec import NetworkSpec
from ..loop import Interval, ticks
from ..render import render_number
from ..stages import HOST_STEP

__all__ = ["Schedule", "host_values", "latest"]


class Schedule:
    """When each clock ticks in a run.

    Parameters
    ----------
    intervals : mapping of str to Interval
    used : collection of str
        The clocks at which something happens.

    Attributes
    ----------
    ticks : list of frozenset of str
        The clocks of each tick of the run, of those that are used.
    active : dict of str to numpy.ndarray
        ``(tick,)``: whether a clock ticks.
    index : dict of str to numpy.ndarray
        ``(tick,)``: the number of its latest step in this run.
    step : dict of str to numpy.ndarray
        ``(tick,)``: the number of the step that it shows, since the start of the network.
    first, steps : dict of str to int
        The number of its first step since the start of the network, and how many there are.
    """

    def __init__(self, intervals: Mapping[str, Interval], used: Collection[str]):
        clocks = {name: copy(i) for name, i in intervals.items() if name in used}
        self.ticks = list(ticks(clocks))
        self.first = {name: interval.step for name, interval in intervals.items()}
        self.steps = {name: interval.end - interval.step for name, interval in intervals.items()}
        self.active, self.index, self.step = {}, {}, {}
        for name in clocks:
            active = np.array([name in now for now in self.ticks])
            self.active[name] = active.astype(np.uint8)
            self.index[name] = np.maximum(np.cumsum(active) - 1, 0).astype(np.int64)
            # As Brian2 has it, a clock has moved on when all of its objects have run.
            done = np.cumsum(active) - active
            self.step[name] = self.first[name] + done


def host_values(
    hosts: Mapping[str, tuple], spec: NetworkSpec, schedule: Schedule, rows: Mapping[str, int]
) -> dict[str, np.ndarray]:
    """Return the numbers of every tick.

    Parameters
    ----------
    hosts : mapping of str to tuple
        The block, its code, the source and the kind of each number, by name.
    spec : NetworkSpec
    schedule : Schedule
    rows : mapping of str to int
        The number of rows of each timed array.
    """
    found = {}
    for name, (block, code, source, kind) in hosts.items():
        compute = _Number(block, code, source, spec, rows)
        ticks = np.flatnonzero(schedule.active[block.clock])
        values = compute.at([schedule.step[clock][ticks] for clock in compute.clocks])
        values = np.broadcast_to(values, ticks.shape)[schedule.index[block.clock]]
        found[name] = values.astype(np.float64 if kind == "float" else np.int64)
    return found


class _Number:
    """A number as a function of the steps of some clocks."""

    def __init__(self, block, code, source: str, spec: NetworkSpec, rows: Mapping[str, int]):
        arrays = {n: r.array for n, r in block.arrays.items() if code.stages[n] == HOST_STEP}
        if source.startswith("@"):
            arrays["_clock"], source = source[1:], "_clock"
        self.names = {
            name: (clock, array.rpartition(".")[2])
            for name, array in arrays.items()
            for clock in spec.clocks.values()
            if array in clock.arrays
        }
        self.clocks = sorted({clock.name for clock, _ in self.names.values()})
        self.namespace = {**code.namespace, **_row_functions(block, code, rows), "_latest": latest}
        statements = [s for s in block.statements if code.stages[s.target] == HOST_STEP]
        lines = [f"{s.target} = {render_number(s.value)}" for s in statements]
        self.statements = compile("\n".join(lines), f"<{block.name}>", "exec")
        self.source = compile(source, f"<{block.name}>", "eval")
        # Functions of users may want one number at a time.
        self.is_elementwise = all(f.family != "user" for f in block.functions.values())

    def at(self, steps: Sequence[np.ndarray]) -> np.ndarray:
        """Return the numbers at all steps, ``(step,)`` of each clock."""
        if self.is_elementwise:
            # A choice is between two numbers.
            with suppress(ValueError, TypeError):
                return np.asarray(self(*steps))
        return np.array([self(*step) for step in zip(*steps, strict=True)] or [self()])

    def __call__(self, *steps: int | np.ndarray):
        """Return the number at a step, or the numbers at several."""
        now = dict(zip(self.clocks, map(np.int64, steps), strict=True))
        namespace = dict(self.namespace)
        for name, (clock, what) in self.names.items():
            step, dt = now[clock.name], np.float64(clock.dt)
            namespace[name] = {"timestep": step, "dt": dt, "t": step * dt}[what]
        with np.errstate(all="ignore"):
            exec(self.statements, namespace)
            return eval(self.source, namespace)


def latest(now: np.ndarray, dt: float, steps: int) -> np.ndarray:
    """Return the latest time that was at least so many time steps before now, as Brian2 counts."""

    def is_before(time: np.ndarray) -> np.ndarray:
        return np.trunc((now - time + 1e-3 * dt) / dt) >= steps

    guess, wide = now - (steps - 1e-3) * dt, (abs(steps) + 2) * dt
    # But for rounding, the guess is right; a search between far ends takes longer than short runs.
    near = 8 * np.spacing(np.abs(now) + wide)
    low, high = guess - near, guess + near
    low = np.where(is_before(low), low, now - wide)
    high = np.where(is_before(high), now + wide, high)
    while True:
        middle = low + (high - low) / 2
        between = (low < middle) & (middle < high)
        if not np.any(between):
            return low
        before = is_before(middle)
        low = np.where(between & before, middle, low)
        high = np.where(between & ~before, middle, high)


def _row_functions(block, code, rows: Mapping[str, int]) -> dict[str, object]:
    def row_of(table, count):
        return lambda t: table.rows(t, count)

    return {
        f"_row_{name}": row_of(code.namespace[name], rows[function.name])
        for name, function in block.functions.items()
        if function.family == "timed array"
    }
