"""Spikes through synapses, and sums over synapses."""

from __future__ import annotations

import torch

from ...spec.expressions import names_in
from ..gates import Form
from ..lanes import EventLanes, StaticLanes, as_tensor
from ..queues import EventQueue, GateHistory, Wiring, delay_steps
from ..state import Events, State
from ..writer import path_of
from .base import CodeStep, Step
from .matrix import MatrixProducts
from .neurons import run_in_order

__all__ = ["PushSpikes", "SummedVariable", "SynapticEffect"]


class PushSpikes(Step):
    """Send the events of a source into a pathway."""

    def prepare(self, state):
        options, spec = self.block.options, self.spec
        sources = spec.arrays[options["sources"]].values
        dt = spec.clocks[self.clock].dt
        delays = delay_steps(spec.arrays[options["delay"]].values, dt, len(sources))
        wiring = Wiring(sources, delays, options["start"], options["stop"], state.device)
        pathway = options["pathway"]
        if pathway in state.queues:
            return
        pending = spec.pending.get(pathway, ())
        if self.target.differentiable:
            state.queues[pathway] = GateHistory(wiring, pending)
        else:
            state.queues[pathway] = EventQueue(wiring, pending, state.batch)

    def run(self, state):
        events = state.events.get(self.block.options["events"])
        queue = state.queues[self.block.options["pathway"]]
        if not self.target.differentiable:
            if events is not None:
                queue.push(events)
            return
        size = state.size(self.block.options["events"]) - 1
        shape = (state.batch, size)
        if events is None:
            events = Events(values=torch.zeros(shape, dtype=state.dtype, device=state.device))
        queue.push(events.values)


class SynapticEffect(CodeStep):
    """Run ``on_pre`` or ``on_post`` for the synapses at which events arrive."""

    def is_static(self):
        return self.target.differentiable

    def __init__(self, block, spec, target):
        super().__init__(block, spec, target)
        multiply = target.differentiable and not target.exact
        # Spikes that wait from an earlier run have no source any more.
        multiply = multiply and not spec.pending.get(block.options["pathway"])
        self.products = MatrixProducts.of(self.block, spec, target) if multiply else None

    def shared_paths(self) -> list[tuple[str, ...]]:
        """Return the paths to elements that several synapses may write."""
        written = {s.target for s in self.block.vector if s.target in self.block.arrays}
        read = set().union(*(names_in(s.value) for s in self.block.vector))
        paths = {path_of(self.block, name) for name in written}
        paths = sorted(path for path in paths if path)
        random = any(f.family == "random" for f in self.block.functions.values())
        aliased = any(
            path_of(self.block, name) not in paths
            for name in read & set(self.block.arrays)
            for target in written
            if self.block.arrays[name].array == self.block.arrays[target].array
        )
        return [*paths, ()] if random or aliased else paths

    def lanes(self, state):
        wiring = state.queues[self.block.options["pathway"]].wiring
        cache = state.once.setdefault((self.name, "positions"), {})
        form = Form(smooth=self.target.smooth)
        return StaticLanes(state, wiring.synapses, wiring.event_order, form=form, cache=cache)

    def prepare(self, state):
        super().prepare(state)
        if self.products is not None:
            self.products.prepare(state, self.lanes(state))

    def run(self, state: State) -> None:
        queue = state.queues[self.block.options["pathway"]]
        if not queue.wiring.synapses:
            return
        if not self.target.differentiable:
            trial, synapse = queue.pop()
            if len(synapse):
                run_in_order(self, EventLanes(state, trial, synapse))
        elif self.products is not None:
            self.products.run(state, queue)
        else:
            lanes = self.lanes(state)
            lanes.gate = self._gate(state, queue)
            if self.target.shared.keys() & self.block.writes:
                self._run_in_turn(state, lanes)
            else:
                run_in_order(self, lanes)

    def _run_in_turn(self, state: State, lanes: StaticLanes) -> None:
        """Run one trial after the other, so that each meets what the others have changed."""
        shared, rows = self.target.shared, {}
        for number in range(state.batch):
            one = state.trial(number)
            before = {name: state.arrays[name] for name in shared.keys() & self.block.writes}
            one.arrays |= {name: values[None] for name, values in before.items()}
            run_in_order(self, lanes.of_trial(one, number))
            for name in self.block.writes:
                after = one.arrays[name][0]
                if name not in shared:
                    rows.setdefault(name, []).append(after)
                elif shared[name] == "mean":
                    state.arrays[name] = before[name] + (after - before[name]) / state.batch
                else:
                    state.arrays[name] = after
        state.arrays |= {name: torch.stack(values) for name, values in rows.items()}

    def _gate(self, state, queue):
        gate = queue.gate(queue.history[0])
        waiting = queue.arriving()
        if waiting is not None:
            places = torch.argsort(queue.wiring.event_order)[waiting]
            gate = gate.index_fill(1, places, 1.0)
        return gate


class SummedVariable(CodeStep):
    """Set a variable of the target to the sum of an expression over its synapses."""

    results = ("_synaptic_var",)
    hoisted = True

    def run(self, state):
        options = self.block.options
        (value,) = self.execute(self.lanes(state))
        old = state.arrays[options["target"]]
        start = options["start"]
        stop = options["stop"] if options["stop"] >= 0 else old.shape[-1]
        index = state.arrays[options["index"]].long() - start
        value = as_tensor(value, state.device).to(self._sum_dtype(old))
        value = value.expand(state.batch, options["size"])
        sums = torch.zeros(state.batch, stop - start, dtype=value.dtype, device=state.device)
        sums = sums.index_add(1, index, value).to(old.dtype)
        state.arrays[options["target"]] = _with_slice(old, start, stop, sums)

    def _sum_dtype(self, old):
        return torch.float64 if self.target.exact else self.target.dtype


def _with_slice(old, start, stop, part):
    if stop - start == old.shape[-1]:
        return part
    return torch.cat([old[:, :start], part, old[:, stop:]], 1)
