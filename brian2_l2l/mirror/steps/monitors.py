"""Monitors: what a network records of itself."""

from __future__ import annotations

import torch

from ..lanes import EventLanes, StaticLanes, as_tensor
from .base import CodeStep, Step

__all__ = ["EventMonitor", "RateMonitor", "StateMonitor"]


class StateMonitor(CodeStep):
    """Record variables of some elements, ``[batch, element]`` per step."""

    def result_names(self):
        return tuple(f"_to_record_{name}" for name in self.block.options["recorded"])

    def lanes(self, state):
        indices = state.arrays[self.block.options["indices"]].long()
        cache = state.once.setdefault((self.name, "positions"), {})
        return StaticLanes(state, len(indices), indices, cache=cache)

    def values(self, state):
        """Return the present values of the recorded variables."""
        lanes = self.lanes(state)
        shape = (state.batch, lanes.length)
        values = self.execute(lanes)
        return [as_tensor(v, state.device).expand(shape) for v in values]

    def run(self, state):
        record = (state.clocks[self.time], *self.values(state))
        state.records.setdefault(self.name, []).append(record)

    @property
    def time(self) -> str:
        """The name of the array that holds the time of this monitor's clock."""
        return self.spec.clocks[self.clock].array("t")


class EventMonitor(CodeStep):
    """Record variables of the elements that had an event: trial, element, and the values."""

    def is_static(self):
        return False

    def result_names(self):
        return tuple(f"_to_record_{name}" for name in self.block.options["recorded"])

    def run(self, state):
        events = state.events.get(self.block.options["events"])
        if events is None:
            return
        options = self.block.options
        events = events.listed().between(options["start"], options["stop"])
        if not len(events.element):
            return
        values = self.execute(EventLanes(state, events.trial, events.element))
        shape = events.element.shape
        recorded = [as_tensor(v, state.device).detach().expand(shape) for v in values]
        record = (events.trial, events.element - options["start"], *recorded)
        state.records.setdefault(self.name, []).append(record)


class RateMonitor(Step):
    """Record the mean rate of a population in Hz, ``[batch]`` per step."""

    def run(self, state):
        options = self.block.options
        events = state.events.get(options["events"])
        count = torch.zeros(state.batch, dtype=torch.float64, device="cpu")
        if events is not None:
            events = events.listed().between(options["start"], options["stop"])
            count += torch.bincount(events.trial.cpu(), minlength=state.batch)
        dt = self.spec.arrays[options["dt"]].values[0]
        record = (state.clocks[self.time], count / float(dt) / options["neurons"])
        state.records.setdefault(self.name, []).append(record)

    time = StateMonitor.time
