"""What a run records: any variable, spikes, and their sums without keeping all of time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch
from brian2.groups.group import Group

from ..errors import MirrorError, did_you_mean
from .given import text_of
from .lookup import Lookup, Place, name_of
from .state import State
from .steps.base import Step

__all__ = ["REDUCTIONS", "Record", "Recorder", "Request", "read_requests"]

SPIKES = "spikes"


def _sum(parts: Sequence[torch.Tensor]) -> torch.Tensor:
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total


#: How the values of several steps become one; None keeps them all.
REDUCTIONS = {None: None, "sum": _sum, "mean": _sum, "last": lambda parts: parts[-1]}


@dataclass(frozen=True)
class Request:
    """One thing to record.

    Attributes
    ----------
    key : tuple of str
        ``(group, variable)`` or ``(group, variable, reduction)``.
    clock : str
        The clock of the group.
    group : brian2.Group
    place : Place, optional
        Where the values are; None for what has to be computed.
    events : bool
        Whether they are events.
    """

    key: tuple[str, ...]
    clock: str
    group: Group = field(compare=False)
    place: Place | None
    events: bool = False

    @property
    def reduction(self) -> str | None:
        return self.key[2] if len(self.key) == 3 else None

    @property
    def shared(self) -> bool:
        """Whether there is one value for the whole group."""
        return not self.events and bool(self.group.variables[self.key[1]].scalar)

    def join(self, parts: list[torch.Tensor], steps: int) -> torch.Tensor:
        """Return the record made of what was kept of several steps.

        Parameters
        ----------
        parts : list of torch.Tensor
            ``[batch, neuron]``.
        steps : int
            The number of steps they come from.
        """
        if self.reduction is None:
            return torch.stack(parts)
        return self.finish(REDUCTIONS[self.reduction](parts), steps)

    def finish(self, values: torch.Tensor, steps: int) -> torch.Tensor:
        """Return the record made of values that are complete, or summed over so many steps."""
        return values / steps if self.reduction == "mean" else values


class Recorder(Step):
    """Record at the end of every step of a group's clock."""

    def __init__(self, request: Request, observed: Step | None = None):
        self.request, self.observed = request, observed
        self.name, self.clock = " ".join(request.key), request.clock

    @property
    def source(self):
        return f"# record {self.request.key}\n" + (self.observed.source if self.observed else "")

    def prepare(self, state):
        if self.observed is not None:
            self.observed.prepare(state)

    def run(self, state):
        reduce = REDUCTIONS[self.request.reduction]
        kept = state.records.setdefault(self.request.key, [])
        kept.append(self._value(state))
        if reduce is not None:
            kept[:] = [reduce(kept)]

    def _value(self, state: State) -> torch.Tensor:
        if self.observed is not None:
            values = self.observed.values(state)[0]
            return values[:, :1] if self.request.shared else values
        place = self.request.place
        if self.request.events:
            events = state.events.get(place.array)
            size = state.size(place.array) - 1
            if events is None:
                values = torch.zeros(state.batch, size, dtype=state.dtype, device=state.device)
            else:
                values = events.dense(state.batch, size, state.dtype)
        else:
            values = state.batched(place.array)
        return values[:, place.start : place.stop]


class Record(Mapping):
    """The records of a run, by key; objects and their names are the same key.

    Attributes
    ----------
    state : State
        The state after the run, for ``mirror.run(..., state=record.state)``.
    """

    def __init__(self, values: Mapping[tuple[str, ...], torch.Tensor], state: State):
        self._values, self.state = dict(values), state

    def __getitem__(self, key):
        if not isinstance(key, tuple):
            key = (key,)
        return self._values[(name_of(key[0]), *key[1:])]

    def __iter__(self):
        return iter(self._values)

    def __len__(self):
        return len(self._values)

    def __repr__(self):
        shapes = (f"{key}: {tuple(value.shape)}" for key, value in self._values.items())
        return f"<Record {', '.join(shapes)}>"


def read_requests(record, lookup: Lookup) -> tuple[Request, ...]:
    """Return what the argument ``record`` asks for.

    Raises
    ------
    MirrorError
        If a key is malformed, or names what the network does not have.
    """
    requests = {}
    for key in record:
        request = _read(key, lookup)
        requests[request.key] = request
    return tuple(requests.values())


def _read(key, lookup: Lookup) -> Request:
    role = f"record=({text_of(key)})" if isinstance(key, tuple) else f"record={key!r}"
    if not isinstance(key, tuple) or len(key) not in (2, 3):
        raise MirrorError(
            f"{role}: write (group, 'variable'), (group, 'spikes') or, for less memory, "
            "(group, 'variable', 'sum')."
        )
    if len(key) == 3 and key[2] not in REDUCTIONS:
        known = [name for name in REDUCTIONS if name]
        raise MirrorError(
            f"{role}: there is no reduction {key[2]!r}.{did_you_mean(str(key[2]), known)} "
            f"There are: {', '.join(known)}."
        )
    group, name = lookup.group(key[0], role), key[1]
    full = (group.name, *key[1:])
    if name not in group.variables:
        events = lookup.events(group, "spike" if name == SPIKES else name)
        if events is not None:
            return Request(full, group.clock.name, group, events, events=True)
        if name == SPIKES:
            raise MirrorError(f"{role}: '{group.name}' has no threshold, so it does not spike.")
    return Request(full, group.clock.name, group, lookup.place(group, name, role))
