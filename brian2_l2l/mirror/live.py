"""Between the state of a mirror and the live objects of Brian2: load, save, flush monitors."""

from __future__ import annotations

import numpy as np
import torch
from brian2.core.clocks import Clock
from brian2.input.poissongroup import PoissonGroup
from brian2.input.spikegeneratorgroup import SpikeGeneratorGroup
from brian2.monitors.ratemonitor import PopulationRateMonitor
from brian2.monitors.spikemonitor import EventMonitor
from brian2.monitors.statemonitor import StateMonitor

from ..errors import MirrorError
from ..spec.network_spec import NetworkSpec
from ..spec.recorder import Recording
from ..spec.specify import ArrayNames
from ..spec.spike_queue import read_waiting, write_waiting
from .program import to_tensor
from .queues import EventQueue
from .state import Events, State

__all__ = ["LiveNetwork"]


class LiveNetwork:
    """The Brian2 objects behind a spec.

    Parameters
    ----------
    recording : Recording
    names : ArrayNames
    spec : NetworkSpec
    """

    def __init__(self, recording: Recording, names: ArrayNames, spec: NetworkSpec):
        self.objects = {obj.name: obj for obj, _ in recording.objects}
        self.clocks: dict[str, Clock] = {obj.clock.name: obj.clock for obj, _ in recording.objects}
        self.network, self.variables, self.spec = recording.network, names.variables, spec
        self.array_names = names
        options = [block.options for block in spec.blocks]
        self.event_arrays = {o["events"] for o in options if "events" in o}
        #: What a run may be given in place of what the network itself makes.
        self.givable_events = frozenset(
            names.known(obj.variables["_spikespace"])
            for obj in self.objects.values()
            if isinstance(obj, SpikeGeneratorGroup | PoissonGroup)
        )
        self.index_arrays = {o["lastindex"] for o in options if "lastindex" in o}

    def load(self, state: State) -> None:
        """Bring ``state`` up to date with what Python code changed in Brian2."""
        for name, variable in self.variables.items():
            values = torch.tensor(variable.get_value(), device=state.device)
            if name in self.spec.written:
                values = values.to(state.arrays[name].dtype).expand(state.batch, -1).clone()
            else:
                values = values.to(to_tensor(self.spec.arrays[name], state.dtype, "cpu").dtype)
            state.arrays[name] = values
        for pathway, queue in state.queues.items():
            waiting = read_waiting(self.objects[pathway].queue)
            state.queues[pathway] = EventQueue(queue.wiring, waiting, state.batch)
        for name in self.event_arrays & set(state.events):
            values = self.variables[name].get_value()
            element = torch.tensor(values[: values[-1]], dtype=torch.int64, device=state.device)
            state.events[name] = Events(trial=torch.zeros_like(element), element=element)
        for name in self.index_arrays:
            state.clocks[name] = int(self.variables[name].get_value()[0])

    def save(self, state: State) -> None:
        """Store the values of the first trial in Brian2's arrays and queues."""
        for name in self.spec.written - self.event_arrays - self.index_arrays:
            self.variables[name].get_value()[:] = state.arrays[name][0].detach().cpu().numpy()
        for name in self.index_arrays:
            self.variables[name].get_value()[:] = state.clocks[name]
        for name in self.event_arrays & set(state.events):
            values = self.variables[name].get_value()
            element = state.events[name].element.numpy()
            values[: len(element)], values[-1] = element, len(element)
        for pathway, queue in state.queues.items():
            write_waiting(self.objects[pathway].queue, queue.waiting())
        self.flush(state)

    def put(self, array: str, values: np.ndarray) -> None:
        """Set a variable of Brian2.

        Raises
        ------
        MirrorError
            If it has another size now.
        """
        variable = self.variables[array]
        if variable.size != values.size:
            raise MirrorError(
                f"'{array}' has {variable.size} elements now and had {values.size} when the mirror "
                "was made. Make a new mirror."
            )
        variable.set_value(values.astype(variable.dtype))

    def set_time(self, name: str, step: int) -> None:
        """Set a Brian2 clock to a step."""
        clock = self.clocks[name]
        clock.variables["timestep"].get_value()[0] = step
        clock.variables["t"].get_value()[0] = np.int64(step) * clock.dt_
        self.network.t_ = float(np.int64(step) * clock.dt_)

    def flush(self, state: State) -> None:
        """Append what was recorded to Brian2's monitors."""
        for name, records in state.records.items():
            monitor = self.objects[name]
            for kind, append in APPEND.items():
                if isinstance(monitor, kind):
                    append(monitor, records)
        state.records.clear()


def _append_states(monitor: StateMonitor, records) -> None:
    old = len(monitor.variables["t"].get_value())
    monitor.resize(old + len(records))
    monitor.variables["t"].get_value()[old:] = [record[0] for record in records]
    for k, name in enumerate(monitor.record_variables, 1):
        values = torch.stack([record[k][0] for record in records])
        monitor.variables[name].get_value()[old:] = values.detach().cpu().numpy()


def _append_events(monitor: EventMonitor, records) -> None:
    element = torch.cat([record[1] for record in records]).cpu().numpy()
    old = int(monitor.variables["N"].get_value()[0])
    monitor.resize(old + len(element))
    monitor.variables["N"].set_value(old + len(element))
    for k, name in enumerate(sorted(monitor.record_variables), 2):
        values = torch.cat([record[k] for record in records]).cpu().numpy()
        monitor.variables[name].get_value()[old:] = values
    np.add.at(monitor.variables["count"].get_value(), element, 1)


def _append_rates(monitor: PopulationRateMonitor, records) -> None:
    old = len(monitor.variables["t"].get_value())
    monitor.resize(old + len(records))
    monitor.variables["N"].set_value(old + len(records))
    monitor.variables["t"].get_value()[old:] = [record[0] for record in records]
    monitor.variables["rate"].get_value()[old:] = [float(record[1][0]) for record in records]


APPEND = {
    StateMonitor: _append_states,
    EventMonitor: _append_events,
    PopulationRateMonitor: _append_rates,
}
