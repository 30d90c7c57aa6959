"""A state of the plain lowering, and what a run is given -> the arguments of a call."""

from __future__ import annotations

import torch

from ..given import Given
from ..lanes import StaticLanes, as_tensor
from ..state import State
from ..steps import SpikeGenerator
from .arguments import DTYPES
from .arrays import Event
from .bits import pack
from .call import Call
from .coverage import not_covered
from .hosts import Schedule
from .layout import words
from .sequences import draw_numbers, list_spikes
from .spare import empty

__all__ = ["Filling"]


class Filling:
    """Fills the arguments of a call that depend on the state and on what the run is given.

    Parameters
    ----------
    call : Call
        Gets the arguments.
    state : State
        Stays as it is, except for its random numbers.
    schedule : Schedule

    Attributes
    ----------
    graded : dict of str to torch.Tensor
        The arguments that have a gradient, by name.
    clocks : dict of str to int
        How far lists of spikes went.
    """

    def __init__(self, call: Call, state: State, schedule: Schedule):
        self.call, self.state, self.schedule = call, state, schedule
        self.program, self.context = call.program, call.program.context
        self.blocks, self.device = call.program.blocks, call.program.code.device
        self.real = call.real
        self.graded: dict[str, torch.Tensor] = {}
        self.clocks: dict[str, int] = {}
        self._heads = {name: self._head(event) for name, event in self.context.events.items()}

    def fill(self, given: Given) -> None:
        """Fill all of them."""
        self._numbers()
        self._givens(given)
        self._inputs()
        self._initial()
        draw_numbers(self.program, self.call, self.state, given, self.schedule)
        self._outputs()
        self.call.graded = tuple(self.graded)

    def _dtype(self, type_: str) -> torch.dtype:
        return DTYPES.get(type_, self.real)

    def _add(self, name: str, tensor: torch.Tensor, active: bool) -> None:
        (self.graded if active else self.call.fixed)[name] = tensor.contiguous()

    # ----------------------------------------------------------- numbers

    def _numbers(self) -> None:
        numbers, state = self.call.numbers, self.state
        numbers |= {f"key {c}": state.random.key(c) for c in self.blocks.scope.uniform}
        for clock in self.schedule.index:
            numbers[f"steps {clock}"] = self.schedule.steps[clock]
            numbers[f"last {clock}"] = self.schedule.steps[clock] - 1
        for table, function in self.blocks.scope.tables.items():
            values = state.tables[function.name]
            numbers[f"rows {table}"] = len(values)
            numbers[f"trials {table}"] = values.shape[1] if values.dim() == 3 else 1
            numbers[f"columns {table}"] = values.shape[-1] if values.dim() > 1 else 1

    # ------------------------------------------------------------ inputs

    def _givens(self, given: Given) -> None:
        """Add the events and the parameters of each step."""
        for name, series in given.parameters.items():
            if name in self.context.arrays:
                active = self.context.arrays[name].active
                self._add(f"input {name}", series.dense().to(self.real), active)
        for name, series in given.spikes.items():
            values = series.dense()
            self.call.numbers[f"trials {name}"] = values.shape[1]
            fired = values if values.dtype in (torch.uint8, torch.bool) else values > 0.5
            self.call.fixed[f"given {name}"] = fired.contiguous().view(torch.uint8)
            if self.context.events[name].active:
                self.graded[f"spikes {name}"] = values.to(self.real)
        for step in self.program.plain.steps:
            if isinstance(step, SpikeGenerator):
                list_spikes(step, self.call, self.state, self.schedule, self.clocks)
        for name in self.context.givable:
            self.call.numbers.setdefault(f"trials {name}", 1)

    def _inputs(self) -> None:
        state = self.state
        for table, function in self.blocks.scope.tables.items():
            values = state.tables[function.name].to(self.real)
            self._add(f"input {table}", values, table in self.program.active)
        once = self._once()
        for name, array in self.context.arrays.items():
            if array.storage != "input":
                continue
            values = once[name] if name in once else state.arrays[name]
            values = values.to(self._dtype(array.type))
            shape = (state.batch, array.size) if values.dim() == 2 else (array.size,)
            if name in self.blocks.weights and len(shape) == 2:
                not_covered(name, "weights per trial")
            self._add(f"input {name}", values.expand(shape), array.active)
            self.call.numbers[f"stride {name}"] = array.size if len(shape) == 2 else 0

    def _once(self) -> dict[str, torch.Tensor]:
        """Return what is computed once per run, in torch, so that its gradient is torch's."""
        found: dict[str, torch.Tensor] = {}
        computed: dict[str, dict] = {}
        for name, (block, code, local, _) in self.blocks.scope.inputs.items():
            if block.name not in computed:
                values = code.once(self._lanes(name))
                computed[block.name] = dict(zip(code.kept, values, strict=True))
            found[name] = self._as_tensor(computed[block.name][local])
        for name, step in self.blocks.weights.items():
            code, lanes = step.products.code, self._lanes(name)
            values = code.step(lanes, code.once(lanes))
            found[name] = self._as_tensor(values[int(name.rpartition(" ")[2])])
        return found

    def _lanes(self, name: str) -> StaticLanes:
        return StaticLanes(self.state, self.context.arrays[name].size)

    def _as_tensor(self, value) -> torch.Tensor:
        value = as_tensor(value, self.device)
        return value.reshape(1) if value.dim() == 0 else value

    # ------------------------------------------------------------- state

    def _initial(self) -> None:
        for name, array in self.context.arrays.items():
            if array.changes:
                values = self.state.arrays[name].to(self._dtype(array.type))
                values = values.expand(array.shape(self.state.batch))
                self._add(f"initial {name}", values, array.active)
        for name, event in self.context.events.items():
            past, head = self.state.events.get(name), self._heads[name]
            if past is not None:
                self.call.fixed[f"initial {name}"] = past.fired.to(torch.uint8).contiguous()
            if head is not None and event.active:
                self.graded[f"head {name}"] = head

    def _head(self, event: Event) -> torch.Tensor | None:
        """Return the spikes of the steps before the run, the earliest first."""
        past = [
            queue.history
            for pathway, queue in self.state.queues.items()
            if self.blocks.pushes[pathway].options["events"] == event.name
        ]
        longest = max(past, key=len, default=())
        rows = [longest[k] if k < len(longest) else None for k in range(event.lookback)]
        if all(row is None for row in rows):
            return None
        zero = torch.zeros(self.state.batch, event.size, dtype=self.real, device=self.device)
        return torch.stack([zero if row is None else row for row in reversed(rows)])

    # ----------------------------------------------------------- outputs

    def _outputs(self) -> None:
        call, batch, steps = self.call, self.state.batch, self.schedule.steps
        for record in self.context.records:
            shape = (batch, record.size)
            if record.reduction is None:
                shape = (steps[record.clock], *shape)
            dtype = self._dtype(record.type)
            zeros = torch.zeros(shape, dtype=dtype, device=self.device)
            call.outputs[f"record {record.slot}"] = zeros
        for name, array in self.context.arrays.items():
            if array.changes:
                shape, dtype = array.shape(batch), self._dtype(array.type)
                call.outputs[f"final {name}"] = torch.empty(shape, dtype=dtype, device=self.device)
        for name, event in self.context.events.items():
            call.bits[f"bits {name}"] = self._bits(name, event)
            rows = min(event.lookback + 1, steps[event.clock])
            call.numbers[f"tail steps {name}"] = rows
            shape = (rows, batch, event.size)
            tail = torch.empty(shape, dtype=self.real, device=self.device)
            call.outputs[f"tail {name}"] = tail

    def _bits(self, name: str, event: Event) -> torch.Tensor:
        """Return memory for the spikes of a run, behind those of the steps before it."""
        batch, head, past = self.state.batch, self._heads[name], self.state.events.get(name)
        rows = event.history + self.schedule.steps[event.clock]
        bits = empty((rows, batch, words(event.size)), torch.int64, self.device)
        # What emits events writes those of each step.
        written = name in self.context.emitted or f"given {name}" in self.call.fixed
        (bits[: event.history] if written else bits).zero_()
        if head is not None and event.lookback:
            bits[: event.lookback] = pack(head.detach() > 0.5)
        if past is not None:
            bits[event.history - 1] = pack(past.fired.expand(batch, event.size))
        return bits
