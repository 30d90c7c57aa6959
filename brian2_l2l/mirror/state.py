"""The values of a running network: arrays, events, pending spikes, clocks."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field, replace

import torch

__all__ = ["Arrays", "Events", "State"]


class Arrays(dict):
    """Arrays by name; a recorded value becomes a tensor when it is first read.

    Parameters
    ----------
    make : callable
        Returns the recorded values of the array with a name.
    known : mapping of str to torch.Tensor
        Other values.
    """

    def __init__(self, make: Callable[[str], torch.Tensor], known=()):
        super().__init__(known)
        self._make = make

    def __missing__(self, name: str) -> torch.Tensor:
        values = self[name] = self._make(name)
        return values

    def copy(self) -> Arrays:
        """Return a copy that does not change with this one."""
        return Arrays(self._make, self)


@dataclass(frozen=True)
class Events:
    """The events (spikes, or custom events) of one step of one group.

    Attributes
    ----------
    trial, element : torch.Tensor
        Which element of which trial, in Brian2's order within each trial; ``int64``, shape
        ``(events,)``. Absent where the differentiable program runs.
    values : torch.Tensor, optional
        ``[batch, element]``, 1 where there is an event, differentiable through the surrogate.
    fired : torch.Tensor, optional
        The same as booleans, without gradient.
    """

    trial: torch.Tensor | None = None
    element: torch.Tensor | None = None
    values: torch.Tensor | None = None
    fired: torch.Tensor | None = None

    @classmethod
    def where(cls, fired: torch.Tensor) -> Events:
        """Return the events of a boolean tensor ``[batch, element]``, as lists."""
        trial, element = fired.nonzero(as_tuple=True)
        return cls(trial=trial, element=element)

    def between(self, start: int, stop: int) -> Events:
        """Return the listed events of the elements ``start`` to ``stop - 1``."""
        inside = (self.element >= start) & (self.element < stop)
        if bool(inside.all()):
            return self
        return Events(trial=self.trial[inside], element=self.element[inside])

    def dense(self, batch: int, size: int, dtype: torch.dtype) -> torch.Tensor:
        """Return 0 and 1 as ``[batch, element]``."""
        if self.values is not None:
            return self.values
        values = torch.zeros(batch, size, dtype=dtype, device=self.trial.device)
        values[self.trial, self.element] = 1
        return values

    def detach(self) -> Events:
        """Return the same events without gradient."""
        return self if self.values is None else replace(self, values=self.values.detach())

    def listed(self) -> Events:
        """Return the same events as lists, without gradient."""
        return self if self.trial is not None else Events.where(self.fired)


def _of_trial(values, number: int):
    """Return what one trial has of values that are constant during a run."""
    if isinstance(values, tuple):
        return tuple(_of_trial(value, number) for value in values)
    is_batch = isinstance(values, torch.Tensor) and values.dim() == 2
    return values[number, None] if is_batch else values


@dataclass
class State:
    """All that changes while a network runs.

    Attributes
    ----------
    arrays : dict
        ``[batch, element]`` for what the network writes, ``[element]`` for what is shared.
    events : dict
        The latest events by the name of their array in Brian2.
    queues : dict
        What is on its way, by pathway.
    clocks : dict
        The step number of each clock.
    first_trial : int
        The number of the first trial, if these are a part of the batch.
    once : dict
        Values that are constant during a run, by block.
    records : dict
        What monitors and ``record=`` have collected, by key.
    """

    batch: int
    dtype: torch.dtype
    device: torch.device
    random: object
    first_trial: int = 0
    arrays: dict[str, torch.Tensor] = field(default_factory=dict)
    events: dict[str, Events] = field(default_factory=dict)
    queues: dict[str, object] = field(default_factory=dict)
    clocks: dict[str, int] = field(default_factory=dict)
    once: dict[str, object] = field(default_factory=dict)
    records: dict[object, list] = field(default_factory=dict)
    tables: dict[str, torch.Tensor] = field(default_factory=dict)
    inputs: dict[str, object] = field(default_factory=dict)

    def snapshot(self) -> State:
        """Return a copy that keeps its values when this one goes on; records start empty."""
        other = copy(self)
        other.arrays = self.arrays.copy()
        other.events = dict(self.events)
        other.queues = {name: queue.snapshot() for name, queue in self.queues.items()}
        other.clocks = dict(self.clocks)
        other.random = self.random.snapshot()
        other.records = {}
        return other

    def trial(self, number: int) -> State:
        """Return the state of a single trial, which changes apart from this one."""
        other = copy(self)
        other.batch, other.first_trial = 1, number
        other.arrays = self.arrays.copy()
        rows = {name: v[number, None] for name, v in self.arrays.items() if v.dim() == 2}
        other.arrays |= rows
        tables = {name: t[:, number, None] for name, t in self.tables.items() if t.dim() == 3}
        other.tables = self.tables | tables
        other.once = {name: _of_trial(values, number) for name, values in self.once.items()}
        return other

    def detach(self) -> State:
        """Return a copy without gradients, to go on from in truncated backpropagation."""
        other = self.snapshot()
        other.once, other.inputs = {}, {}
        other.arrays |= {name: values.detach() for name, values in self.arrays.items()}
        other.events = {name: events.detach() for name, events in self.events.items()}
        other.queues = {name: queue.detach() for name, queue in self.queues.items()}
        return other

    def size(self, array: str) -> int:
        """Return the number of elements of ``array``."""
        return self.arrays[array].shape[-1]

    def batched(self, array: str) -> torch.Tensor:
        """Return ``array`` as ``[batch, element]``."""
        values = self.arrays[array]
        return values if values.dim() == 2 else values.expand(self.batch, -1)
