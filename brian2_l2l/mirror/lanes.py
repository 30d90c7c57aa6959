"""Lanes: over which neurons, synapses or events a block's statements run.

The same generated code runs over all elements at once (`StaticLanes`), over all elements with a
gate that says how much of an event each received (the differentiable form), or over a list of
events (`EventLanes`, which touches only what spiked).

Values along lanes are ``[lane]`` or ``[batch, lane]`` for static lanes and ``[lane]`` for events.
A *path* says how a lane finds its element in an array: ``()`` is the lane's own element, and
each further name is an array of indices to go through.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch

from .counters import uniform
from .gates import HARD, blend, gated
from .ranks import ranks
from .state import State

__all__ = ["EventLanes", "Lanes", "StaticLanes", "as_tensor"]

Path = tuple[str, ...]


class Lanes:
    """What generated code may do with lanes."""

    def __init__(self, state: State):
        self.state = state

    def read(self, array: str, path: Path) -> torch.Tensor:
        """Return the value of ``array`` in every lane."""
        raise NotImplementedError

    def read_scalar(self, array: str) -> torch.Tensor:
        """Return a shared variable so that it broadcasts along the lanes."""
        raise NotImplementedError

    def write(self, array: str, path: Path, value) -> None:
        """Store values where each lane has an element of its own."""
        raise NotImplementedError

    def write_scalar(self, array: str, value) -> None:
        """Store a shared variable."""
        old = self.state.arrays[array]
        self.state.arrays[array] = as_tensor(value, old.device).to(old.dtype).expand(old.shape)

    def update(self, op: str, array: str, path: Path, value, where=None) -> None:
        """Apply ``op`` lane after lane, where several lanes may share an element."""
        raise NotImplementedError

    def _positions(self, own, path: Path):
        for index in path:
            table = self.state.arrays[index]
            own = table if own is None else table[own]
        return own if own is None else own.long()


class StaticLanes(Lanes):
    """The same lanes at every step.

    Parameters
    ----------
    state : State
    length : int
        The number of lanes.
    elements : torch.Tensor, optional
        The element of each lane; by default lane ``k`` is element ``k``.
    gate : torch.Tensor, optional
        How much of an event each lane received, ``[batch, lane]``; by default all run.
    form : Form
        How the gate acts on assignments.
    cache : dict, optional
        Keeps positions between steps.
    """

    def __init__(self, state, length, elements=None, gate=None, form=HARD, cache=None):
        super().__init__(state)
        self.length, self.elements, self.gate, self.form = length, elements, gate, form
        self.cache = cache if cache is not None else {}

    @property
    def single(self) -> StaticLanes:
        """The one lane of a statement that is the same for all lanes."""
        return StaticLanes(self.state, 1)

    def of_trial(self, state: State, number: int) -> StaticLanes:
        """Return the same lanes of one trial, with a state of its own."""
        gate = None if self.gate is None else self.gate[number, None]
        return StaticLanes(state, self.length, self.elements, gate, self.form, self.cache)

    def positions(self, path):
        """Return the element of each lane at the end of ``path``; None for all in order."""
        if path not in self.cache:
            self.cache[path] = self._positions(self.elements, path)
        return self.cache[path]

    def read(self, array, path):
        positions = self.positions(path)
        values = self.state.arrays[array]
        return values if positions is None else values[..., positions]

    def read_scalar(self, array):
        return self.state.arrays[array]

    def write(self, array, path, value):
        old = self.state.arrays[array]
        positions = self.positions(path)
        value = as_tensor(value, old.device).to(old.dtype)
        if self.gate is not None:
            before = old if positions is None else old[..., positions]
            value = blend(self.gate.to(self.state.dtype), value, before, self.form)
        if positions is None:
            self.state.arrays[array] = value.expand(old.shape)
        else:
            value = value.expand(old.shape[:-1] + positions.shape)
            self.state.arrays[array] = old.index_copy(-1, positions, value)

    def update(self, op, array, path, value, where=None):
        old = self.state.arrays[array]
        positions = self.positions(path)
        value = as_tensor(value, old.device).to(old.dtype)
        if op not in ("+=", "-="):
            self._update_in_turn(op, array, path, value, where)
            return
        if self.gate is not None:
            value = gated(self.gate.to(old.dtype), value, self.form)
        if where is not None:
            value = torch.where(where, value, torch.zeros_like(value))
        value = value if op == "+=" else -value
        self.state.arrays[array] = _add_at(old, positions, value, self.length)

    def _update_in_turn(self, op, array, path, value, where):
        value = value.expand(self.state.batch, self.length)
        where = None if where is None else where.expand_as(value)
        for lanes, chosen in self.rounds([path]):
            before = lanes.read(array, path)
            after = OPERATORS[op](before, value[:, chosen])
            if where is not None:
                after = torch.where(where[:, chosen], after, before)
            lanes.write(array, path, after)

    def rounds(self, paths: Sequence[Path]) -> Iterator[tuple[StaticLanes, torch.Tensor]]:
        """Yield sub-lanes in which every lane reaches an element of its own."""
        own = self.elements
        if own is None:
            own = torch.arange(self.length, device=self.state.device)
        rank = ranks([self._positions(own, path) for path in paths], torch.zeros_like(own))
        for k in range(int(rank.max()) + 1 if rank.numel() else 0):
            chosen = (rank == k).nonzero().squeeze(1)
            gate = None if self.gate is None else self.gate[:, chosen]
            yield StaticLanes(self.state, len(chosen), own[chosen], gate, self.form), chosen

    def look_up(self, values, row, column, columns):
        """Return a row of a table, and of this row the lanes' columns."""
        if isinstance(column, torch.Tensor):
            column = column.long()
        elif columns:
            # One for all lanes.
            column = torch.as_tensor([int(column)], device=values.device)
        if values.dim() == 3 and (isinstance(row, torch.Tensor) or (columns and column.dim() == 2)):
            batch = torch.arange(self.state.batch, device=values.device).unsqueeze(1)
            return values[row, batch, column if columns else 0]
        if not columns:
            return values[row]
        if isinstance(row, torch.Tensor):
            return values[row, column]
        return values[row][..., column]

    def uniform(self, call: str, timestep: str) -> torch.Tensor:
        """Return the uniform random numbers of a call, which has a name."""
        state, element = self.state, self.elements
        if element is None:
            element = torch.arange(self.length, device=state.device)
        trial = state.first_trial + torch.arange(state.batch, device=state.device)
        step = int(state.clocks[timestep])
        return uniform(state.random.key(call), step, trial, element.long(), state.dtype)

    def draw(self, sample, where=None) -> torch.Tensor:
        """Draw random numbers for the lanes with an event, or for those where ``where`` is true."""
        if self.gate is not None:
            fired = self.gate > 0.5
            where = fired if where is None else fired & where
        return self.state.random.per_trial(sample, self.state.batch, self.length, where)


class EventLanes(Lanes):
    """One lane per event; writes are made in place, in the order of the events.

    Parameters
    ----------
    state : State
    trial, element : torch.Tensor
        ``(lane,)``, the events grouped by trial.
    """

    def __init__(self, state, trial, element):
        super().__init__(state)
        self.trial, self.element = trial, element

    @property
    def single(self) -> EventLanes:
        """The lanes themselves: here a shared value is read for every event."""
        return self

    def read(self, array, path):
        positions = self._positions(self.element, path)
        values = self.state.arrays[array]
        return values[positions] if values.dim() == 1 else values[self.trial, positions]

    def read_scalar(self, array):
        values = self.state.arrays[array]
        return values if values.dim() == 1 else values[self.trial, 0]

    def write(self, array, path, value):
        values = self.state.arrays[array]
        value = as_tensor(value, values.device).to(values.dtype).expand(len(self.trial))
        values[self.trial, self._positions(self.element, path)] = value

    def update(self, op, array, path, value, where=None):
        values = self.state.arrays[array]
        value = as_tensor(value, values.device).to(values.dtype).expand(len(self.trial))
        if where is not None:
            lanes, value = self._subset(where.expand(len(self.trial))), value[where]
            lanes.update(op, array, path, value)
        elif op in ("+=", "-="):
            flat = self.trial * values.shape[1] + self._positions(self.element, path)
            values.view(-1).index_add_(0, flat, value if op == "+=" else -value)
        else:
            for lanes, chosen in self.rounds([path]):
                after = OPERATORS[op](lanes.read(array, path), value[chosen])
                lanes.write(array, path, after)

    def rounds(self, paths: Sequence[Path]) -> Iterator[tuple[EventLanes, torch.Tensor]]:
        """Yield sub-lanes in which every lane reaches an element of its own."""
        rank = ranks([self._positions(self.element, path) for path in paths], self.trial)
        for k in range(int(rank.max()) + 1 if rank.numel() else 0):
            chosen = (rank == k).nonzero().squeeze(1)
            yield self._subset(chosen), chosen

    def _subset(self, chosen) -> EventLanes:
        return EventLanes(self.state, self.trial[chosen], self.element[chosen])

    def look_up(self, values, row, column, columns):
        """Return a row of a table, and of this row the lanes' columns."""
        column = column.long() if isinstance(column, torch.Tensor) else column
        if values.dim() == 3:
            return values[row, self.trial, column if columns else 0]
        return values[row, column] if columns else values[row]

    def draw(self, sample, where=None) -> torch.Tensor:
        """Draw random numbers for all lanes, or for those where ``where`` is true."""
        if where is not None:
            drawn = torch.zeros(len(self.trial), dtype=self.state.dtype, device=self.state.device)
            drawn[where] = self._subset(where).draw(sample)
            return drawn
        return self.state.random.per_event(sample, self.trial, self.state.batch)


def _add_at(values, positions, added, length):
    """Add in the order of the lanes, which is Brian2's order of events."""
    if positions is None:
        return values + added
    if values.dim() == 1 and added.dim() == 2:
        values = values.expand(added.shape[0], -1)
    added = added.expand(values.shape[:-1] + (length,))
    return values.index_add(-1, positions, added)


OPERATORS = {
    "=": lambda before, value: value,
    "+=": torch.add,
    "-=": torch.sub,
    "*=": torch.mul,
    "/=": torch.div,
}


def as_tensor(value, device: torch.device) -> torch.Tensor:
    """Return ``value`` as a tensor; a number keeps its double precision."""
    if isinstance(value, torch.Tensor):
        return value
    dtype = torch.float64 if isinstance(value, float) else None
    return torch.as_tensor(value, dtype=dtype, device=device)
