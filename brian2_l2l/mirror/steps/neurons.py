"""State updates, thresholds, resets, and spikes from a list."""

from __future__ import annotations

import numpy as np
import torch

from ..gates import Form
from ..lanes import EventLanes, StaticLanes
from ..state import Events, State
from .base import CodeStep, Step

__all__ = ["Reset", "SpikeGenerator", "StateUpdate", "Threshold", "emit"]


class StateUpdate(CodeStep):
    """Run statements over all elements: equations, ``run_regularly``, ``PoissonInput``."""

    hoisted = True

    def run(self, state):
        self.execute(self.lanes(state))


class Threshold(CodeStep):
    """Find the elements with an event, and start their refractory period."""

    results = ("_cond",)
    soft = "_cond"
    hoisted = True

    def run(self, state):
        given = state.inputs.get(self.block.options["events"])
        if given is not None:
            values = given.at(state)
            fired = values > 0.5
        else:
            condition, *soft = self.execute(self.lanes(state))
            fired = self._all(condition, state, torch.bool)
            values = self._all(soft[0], state, state.dtype) if soft else None
        emit(state, self.block.options["events"], fired, values, self.target.differentiable)
        if "lastspike" in self.block.options:
            self._become_refractory(state, fired)

    def _all(self, value, state, dtype):
        value = torch.as_tensor(value, device=state.device).to(dtype)
        return value.expand(state.batch, self.block.options["size"])

    def _become_refractory(self, state: State, fired: torch.Tensor) -> None:
        options, arrays = self.block.options, state.arrays
        active, last = options["not_refractory"], options["lastspike"]
        now = float(state.clocks[options["t"]])
        arrays[active] = arrays[active] & ~fired
        arrays[last] = torch.where(fired, now, arrays[last]).to(arrays[last].dtype)


def emit(state: State, events: str, fired, values, differentiable: bool) -> None:
    """Announce the events of this step."""
    if differentiable:
        values = fired.to(state.dtype) if values is None else values
        state.events[events] = Events(values=values, fired=fired)
    else:
        state.events[events] = Events.where(fired)


class Reset(CodeStep):
    """Run statements over the elements that had an event."""

    def is_static(self):
        return self.target.differentiable

    def lanes(self, state):
        size = state.size(self.block.options["events"]) - 1
        cache = state.once.setdefault((self.name, "positions"), {})
        form = Form(self.target.smooth, self.target.detach_reset)
        return StaticLanes(state, size, form=form, cache=cache)

    def run(self, state):
        events = state.events.get(self.block.options["events"])
        if events is None:
            return
        if self.target.differentiable:
            lanes = self.lanes(state)
            lanes.gate = events.values
        else:
            if not len(events.element):
                return
            lanes = EventLanes(state, events.trial, events.element)
        run_in_order(self, lanes)


def run_in_order(step: CodeStep, lanes) -> None:
    """Run statements over lanes, one after the other where Brian2 loops over events."""
    if step.block.order != "by event":
        step.execute(lanes)
        return
    paths = step.shared_paths()
    for part, _ in lanes.rounds(paths):
        step.execute(part)


class SpikeGenerator(Step):
    """Spikes at given times, the same in every trial unless a run brings its own."""

    def __init__(self, block, spec, target):
        super().__init__(block, spec, target)
        arrays, options = spec.arrays, block.options
        self.bins = arrays[options["timebins"]].values
        self.indices = arrays[options["neuron_index"]].values
        self.period = int(arrays[options["period_bins"]].values[0])
        self.size = arrays[options["events"]].size - 1
        self.timestep = spec.clocks[block.clock].array("timestep")

    def run(self, state):
        options = self.block.options
        given = state.inputs.get(options["events"])
        if given is not None:
            values = given.at(state)
            emit(state, options["events"], values > 0.5, values, self.target.differentiable)
            return
        element = torch.as_tensor(self._next(state).astype(np.int64), device=state.device)
        trial = torch.arange(state.batch, device=state.device).repeat_interleave(len(element))
        element = element.repeat(state.batch)
        if self.target.differentiable:
            fired = torch.zeros(state.batch, self.size, dtype=torch.bool, device=state.device)
            fired[trial, element] = True
            emit(state, options["events"], fired, None, True)
        else:
            state.events[options["events"]] = Events(trial=trial, element=element)

    def _next(self, state: State) -> np.ndarray:
        last = self.block.options["lastindex"]
        step, first = int(state.clocks[self.timestep]), int(state.clocks[last])
        if self.period > 0:
            step %= self.period
            if first > 0 and self.bins[first - 1] >= step:
                first = 0
        count = int(np.searchsorted(self.bins[first:], step, side="right"))
        state.clocks[last] = first + count
        return self.indices[first : first + count]
