"""Run a fused program from a state of the plain lowering, and return to one."""

from __future__ import annotations

from collections.abc import Mapping

import torch

from ..given import Given
from ..loop import Interval
from ..program import set_clock
from ..queues import GateHistory, Wiring, delay_steps
from ..state import Events, State
from .arguments import moved
from .call import Call, Fused
from .filling import Filling
from .hosts import Schedule, host_values
from .program import FusedProgram
from .structure import counts_of

__all__ = ["Runner"]


class Runner:
    """Runs one fused program.

    Parameters
    ----------
    program : FusedProgram
    schedules : dict, optional
        Keeps the numbers of each time step of the latest intervals, also for another runner.

    Raises
    ------
    CompilerError
        If it cannot be compiled.
    """

    def __init__(self, program: FusedProgram, schedules: dict | None = None):
        self.program, self.context = program, program.context
        # What cannot be compiled is refused here, before any run.
        self.library = program.code.library
        self.spec, self.blocks = program.spec, program.blocks
        self._schedules = {} if schedules is None else schedules
        self._device = program.code.device
        tables = program.code.machine.structure(self.context)
        self._tables = {name: moved(table, self._device) for name, table in tables.items()}
        self._counts = counts_of(self.context)
        self._wirings = {name: self._wiring(block) for name, block in self.blocks.pushes.items()}

    def run(self, state: State, intervals: Mapping[str, Interval], given: Given, segment) -> State:
        """Run from a state to the end of the intervals.

        Parameters
        ----------
        state : State
            Stays as it is, except for its random numbers.
        intervals : mapping of str to Interval
        given : Given
        segment : int or 'auto' or None
            See `Call.plan`.

        Returns
        -------
        state : State
            With the records of the run.
        """
        schedule, timed = self._schedule(intervals, state)
        call = Call.plan(self.program, state.batch, len(schedule.ticks), segment)
        call.fixed |= self._tables | timed
        call.numbers |= self._counts
        filling = Filling(call, state, schedule)
        filling.fill(given)
        names, graded = tuple(call.outputs), filling.graded.values()
        needed = torch.is_grad_enabled() and any(tensor.requires_grad for tensor in graded)
        results = Fused.apply(call, needed, *graded)
        found = dict(zip(names, results, strict=True))
        return self._finish(state, found, schedule, filling.clocks)

    def _schedule(self, intervals: Mapping[str, Interval], state: State):
        """Return when clocks tick, and the arguments that depend on the time steps alone."""
        key = tuple((name, i.step, i.end) for name, i in intervals.items())
        if key not in self._schedules:
            self._schedules.clear()
            self._schedules[key] = (Schedule(intervals, self.context.clocks), {})
        schedule, known = self._schedules[key]
        rows = {name: len(table) for name, table in state.tables.items()}
        of_tables = tuple(sorted(rows.items()))
        if of_tables not in known:
            known[of_tables] = self._timed(schedule, rows)
        return schedule, known[of_tables]

    def _timed(self, schedule: Schedule, rows: Mapping[str, int]) -> dict[str, torch.Tensor]:
        hosts = host_values(self.context.hosts, self.spec, schedule, rows)
        found = {f"host {name}": values for name, values in hosts.items()}
        for clock in schedule.index:
            found[f"ticks {clock}"] = schedule.active[clock]
            found[f"index {clock}"] = schedule.index[clock]
        return {name: moved(values, self._device) for name, values in found.items()}

    def _wiring(self, block) -> Wiring:
        options, arrays = block.options, self.spec.arrays
        sources = arrays[options["sources"]].values
        dt = self.spec.clocks[block.clock].dt
        delays = delay_steps(arrays[options["delay"]].values, dt, len(sources))
        return Wiring(sources, delays, options["start"], options["stop"], self._device)

    def _finish(self, state: State, found, schedule: Schedule, clocks) -> State:
        after = state.snapshot()
        after.once, after.inputs = {}, {}
        for name, array in self.context.arrays.items():
            if array.changes:
                after.arrays[name] = found[f"final {name}"].to(state.arrays[name].dtype)
        for name in self.context.events:
            last = found[f"tail {name}"][-1]
            after.events[name] = Events(values=last, fired=last.detach() > 0.5)
        for name, wiring in self._wirings.items():
            queue = GateHistory(wiring, ())
            tail = found[f"tail {self.blocks.pushes[name].options['events']}"]
            before = state.queues[name].history if name in state.queues else ()
            # A history has the newest first, and gets the oldest first.
            rows = [*reversed(before), *tail] if len(tail) <= wiring.longest else tail
            for row in rows:
                queue.push(row)
            after.queues[name] = queue
        for name in schedule.steps:
            set_clock(after, name, self.spec, schedule.first[name] + schedule.steps[name])
        after.clocks |= clocks
        after.records = {
            request.key: found[f"record {slot}"] for slot, request in enumerate(self.blocks.records)
        }
        return after
