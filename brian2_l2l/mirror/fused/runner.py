"""Run a fused program from a state of the plain lowering, and return to one."""

from __future__ import annotations

from collections.abc import Mapping

import torch

from ..given import Given as GivenInputs
from ..given import Series
from ..lanes import StaticLanes, as_tensor
from ..loop import Interval
from ..program import set_clock
from ..queues import GateHistory, Wiring, delay_steps
from ..state import Events, State
from ..steps import SpikeGenerator
from .arguments import DTYPES, moved
from .arrays import Event
from .bits import pack
from .call import Call, Fused
from .coverage import not_covered
from .hosts import Schedule, host_values
from .program import FusedProgram
from .sequences import draw_numbers, list_spikes
from .spare import empty
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

    # --------------------------------------------------------------- run

    def run(
        self, state: State, intervals: Mapping[str, Interval], given: GivenInputs, segment
    ) -> State:
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
        schedule = self._schedule(intervals)
        call = Call.plan(self.program, state.batch, len(schedule.ticks), segment)
        graded: dict[str, torch.Tensor] = {}
        self._constants(call, state, schedule)
        clocks = self._givens(call, graded, state, given, schedule)
        self._inputs(call, graded, state, schedule)
        heads = {name: self._head(state, event) for name, event in self.context.events.items()}
        self._initial(call, graded, state, heads)
        draw_numbers(self.program, call, state, given, schedule)
        self._outputs(call, state, schedule, heads)
        call.graded = tuple(graded)
        names = tuple(call.outputs)
        needed = torch.is_grad_enabled() and any(t.requires_grad for t in graded.values())
        results = Fused.apply(call, needed, *graded.values())
        found = dict(zip(names, results, strict=True))
        return self._finish(state, found, schedule, clocks)

    def _schedule(self, intervals: Mapping[str, Interval]):
        key = tuple((name, i.step, i.end) for name, i in intervals.items())
        if key not in self._schedules:
            self._schedules.clear()
            self._schedules[key] = (Schedule(intervals, self.context.clocks), {})
        return self._schedules[key][0]

    # --------------------------------------------------------- arguments

    @property
    def _real(self) -> torch.dtype:
        return self.program.plain.target.dtype

    def _dtype(self, type_: str) -> torch.dtype:
        return DTYPES.get(type_, self._real)

    def _constants(self, call: Call, state: State, schedule: Schedule) -> None:
        call.fixed |= self._tables
        call.numbers |= self._counts
        call.numbers |= {f"key {c}": state.random.key(c) for c in self.blocks.scope.uniform}
        rows = {name: len(table) for name, table in state.tables.items()}
        key = tuple(sorted(rows.items()))
        known = next(iter(self._schedules.values()))[1]
        if key not in known:
            known[key] = self._of_schedule(schedule, rows)
        call.fixed |= known[key]
        for clock in schedule.index:
            call.numbers[f"steps {clock}"] = schedule.steps[clock]
            call.numbers[f"last {clock}"] = schedule.steps[clock] - 1
        for table, function in self.blocks.scope.tables.items():
            values = state.tables[function.name]
            call.numbers[f"rows {table}"] = len(values)
            call.numbers[f"trials {table}"] = values.shape[1] if values.dim() == 3 else 1
            call.numbers[f"columns {table}"] = values.shape[-1] if values.dim() > 1 else 1

    def _of_schedule(self, schedule: Schedule, rows) -> dict[str, torch.Tensor]:
        """Return the arguments that depend on the time steps alone."""
        hosts = host_values(self.context.hosts, self.spec, schedule, rows)
        found = {f"host {name}": values for name, values in hosts.items()}
        for clock in schedule.index:
            found[f"ticks {clock}"] = schedule.active[clock]
            found[f"index {clock}"] = schedule.index[clock]
        return {name: moved(values, self._device) for name, values in found.items()}

    def _add(self, call: Call, graded, name: str, tensor: torch.Tensor, active: bool) -> None:
        tensor = tensor.contiguous()
        (graded if active else call.fixed)[name] = tensor

    def _inputs(self, call: Call, graded, state: State, schedule: Schedule) -> None:
        for table, function in self.blocks.scope.tables.items():
            active = table in self.program.active
            values = state.tables[function.name].to(self._real)
            self._add(call, graded, f"input {table}", values, active)
        once = self._once(state)
        for name, array in self.context.arrays.items():
            if array.storage != "input":
                continue
            values = once[name] if name in once else state.arrays[name]
            values = values.to(self._dtype(array.type))
            shape = (state.batch, array.size) if values.dim() == 2 else (array.size,)
            if name in self.blocks.weights and len(shape) == 2:
                not_covered(name, "weights per trial")
            self._add(call, graded, f"input {name}", values.expand(shape), array.active)
            call.numbers[f"stride {name}"] = array.size if len(shape) == 2 else 0

    def _once(self, state: State) -> dict[str, torch.Tensor]:
        """Return what is computed once per run, in torch, so that its gradient is torch's."""
        found: dict[str, torch.Tensor] = {}
        computed: dict[str, dict] = {}
        for name, (block, code, local, _) in self.blocks.scope.inputs.items():
            if block.name not in computed:
                lanes = StaticLanes(state, self.context.arrays[name].size)
                values = code.once(lanes)
                computed[block.name] = dict(zip(code.kept, values, strict=True))
            found[name] = self._as_tensor(computed[block.name][local])
        for name, step in self.blocks.weights.items():
            products = step.products
            lanes = StaticLanes(state, self.context.arrays[name].size)
            values = products.code.step(lanes, products.code.once(lanes))
            found[name] = self._as_tensor(values[int(name.rpartition(" ")[2])])
        return found

    def _as_tensor(self, value) -> torch.Tensor:
        value = as_tensor(value, self._device)
        return value.reshape(1) if value.dim() == 0 else value

    def _givens(self, call: Call, graded, state: State, given: GivenInputs, schedule: Schedule):
        """Add the events and the parameters of each step; return how far lists of spikes went."""
        clocks = {}
        for name, series in given.parameters.items():
            if name in self.context.arrays:
                active = self.context.arrays[name].active
                values = self._dense(series).to(self._real)
                self._add(call, graded, f"input {name}", values, active)
        for name, series in given.spikes.items():
            event = self.context.events[name]
            values = self._dense(series)
            call.numbers[f"trials {name}"] = values.shape[1]
            fired = values if values.dtype in (torch.uint8, torch.bool) else values > 0.5
            call.fixed[f"given {name}"] = fired.contiguous().view(torch.uint8)
            if event.active:
                graded[f"spikes {name}"] = values.to(self._real)
        for step in self.program.plain.steps:
            if isinstance(step, SpikeGenerator):
                list_spikes(step, call, state, schedule, clocks)
        for name in self.context.givable:
            call.numbers.setdefault(f"trials {name}", 1)
        return clocks

    def _dense(self, series: Series) -> torch.Tensor:
        if not series.is_sparse:
            return series.values
        place = torch.stack([series.time, *series.place])
        shape = (len(series.bounds) - 1, *series.shape)
        return torch.sparse_coo_tensor(place, series.values, shape).to_dense()

    def _initial(self, call: Call, graded, state: State, heads) -> None:
        for name, array in self.context.arrays.items():
            if array.changes:
                values = state.arrays[name].to(self._dtype(array.type))
                values = values.expand(array.shape(state.batch))
                self._add(call, graded, f"initial {name}", values, array.active)
        for name, event in self.context.events.items():
            past = state.events.get(name)
            if past is not None:
                call.fixed[f"initial {name}"] = past.fired.to(torch.uint8).contiguous()
            if heads[name] is not None and event.active:
                graded[f"head {name}"] = heads[name]

    def _head(self, state: State, event: Event) -> torch.Tensor | None:
        """Return the spikes of the steps before the run, the earliest first."""
        past = [
            queue.history
            for pathway, queue in state.queues.items()
            if self.blocks.pushes[pathway].options["events"] == event.name
        ]
        longest = max(past, key=len, default=())
        rows = [longest[k] if k < len(longest) else None for k in range(event.lookback)]
        if all(row is None for row in rows):
            return None
        zero = torch.zeros(state.batch, event.size, dtype=self._real, device=self._device)
        return torch.stack([zero if row is None else row for row in reversed(rows)])

    def _outputs(self, call: Call, state: State, schedule: Schedule, heads) -> None:
        batch, device = state.batch, self._device
        for record in self.context.records:
            shape = (batch, record.size)
            if record.reduction is None:
                shape = (schedule.steps[record.clock], *shape)
            dtype = self._dtype(record.type)
            call.outputs[f"record {record.slot}"] = torch.zeros(shape, dtype=dtype, device=device)
        for name, array in self.context.arrays.items():
            if array.changes:
                shape, dtype = array.shape(batch), self._dtype(array.type)
                call.outputs[f"final {name}"] = torch.empty(shape, dtype=dtype, device=device)
        for name, event in self.context.events.items():
            rows = event.history + schedule.steps[event.clock]
            words = (event.size + 63) // 64
            bits = empty((rows, batch, words), torch.int64, device).zero_()
            head, past = heads[name], state.events.get(name)
            if head is not None and event.lookback:
                bits[: event.lookback] = pack(head.detach() > 0.5)
            if past is not None:
                bits[event.history - 1] = pack(past.fired.expand(batch, event.size))
            call.bits[f"bits {name}"] = bits
            rows = min(event.lookback + 1, schedule.steps[event.clock])
            call.numbers[f"tail {name}"] = rows
            shape = (rows, batch, event.size)
            call.outputs[f"tail {name}"] = torch.empty(shape, dtype=self._real, device=device)

    # ------------------------------------------------------------ results

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
            rows = [*before, *tail] if len(tail) <= wiring.longest else tail
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
