"""Spikes on their way through synapses.

`EventQueue` does what Brian2's spike queue does, for a batch: events become synapses at once and
wait in the slot of their time step. `GateHistory` keeps the spikes of the sources as tensors with
gradients and lets each synapse look back by its delay.
"""

from __future__ import annotations

from collections import deque
from copy import copy
from functools import cached_property

import numpy as np
import torch

from .state import Events

__all__ = ["EventQueue", "GateHistory", "Wiring", "delay_steps"]


def delay_steps(delays: np.ndarray, dt: float, synapses: int) -> np.ndarray:
    """Round delays in seconds to time steps as Brian2 does, one per synapse."""
    steps = (np.asarray(delays, dtype=np.float64) / dt + 0.5).astype(np.int64)
    # Most often all are the same, and one number stands for them.
    same = steps.size > 0 and bool((steps == steps.flat[0]).all())
    return np.broadcast_to(steps[:1].copy(), (synapses,)) if same else steps


class Wiring:
    """Which synapses belong to which source, and their delays.

    Parameters
    ----------
    sources : numpy.ndarray
        ``(synapse,)``, the index of the presynaptic element in its whole group.
    delays : numpy.ndarray
        ``(synapse,)``, in time steps.
    start, stop : int
        The elements of the source that this pathway listens to.
    device : torch.device
    """

    def __init__(self, sources, delays, start, stop, device):
        self.start, self.stop, self.synapses = start, stop, len(sources)
        self.longest = int(delays.max()) if len(delays) else 0
        self._sources, self._delays, self.device = sources, delays, device

    # What follows takes more memory than the connections themselves, so it waits for its use.

    @cached_property
    def delays(self) -> torch.Tensor:
        """The delay of each synapse in time steps."""
        return self._tensor(np.require(self._delays, requirements="CW"))

    @cached_property
    def by_source(self) -> torch.Tensor:
        """The synapses, source after source."""
        return self._tensor(np.argsort(self._sources, kind="stable"))

    @cached_property
    def _bounds(self) -> np.ndarray:
        return np.searchsorted(np.sort(self._sources), np.arange(self.start, self.stop + 1))

    @cached_property
    def first(self) -> torch.Tensor:
        """Where the synapses of each source begin."""
        return self._tensor(self._bounds[:-1])

    @cached_property
    def count(self) -> torch.Tensor:
        """How many synapses each source has."""
        return self._tensor(np.diff(self._bounds))

    @cached_property
    def event_order(self) -> torch.Tensor:
        """The synapses in the order in which Brian2 adds up what arrives in one time step."""
        # What was sent first comes first: longer delays, then sources, then synapses.
        numbers = np.arange(self.synapses)
        return self._tensor(np.lexsort((numbers, self._sources, -self._delays)))

    @cached_property
    def groups(self) -> list[tuple[int, slice, torch.Tensor]]:
        """Delay, place in `event_order` and sources of the synapses with the same delay."""
        order, groups = self.event_order.cpu().numpy(), []
        sources, delays = self._sources[order], np.asarray(self._delays)[order]
        for delay in np.unique(delays)[::-1]:
            chosen = np.flatnonzero(delays == delay)
            lanes = slice(int(chosen[0]), int(chosen[-1]) + 1)
            groups.append((int(delay), lanes, self._tensor(sources[chosen])))
        return groups

    def _tensor(self, values: np.ndarray) -> torch.Tensor:
        return torch.as_tensor(values, device=self.device)

    def indices(self, values) -> torch.Tensor:
        """Return some synapses as a tensor."""
        return self._tensor(np.asarray(values, dtype=np.int64))

    def expand(self, events: Events) -> tuple[torch.Tensor, torch.Tensor]:
        """Return trial and synapse of every synaptic event, in Brian2's order."""
        source = events.element - self.start
        count = self.count[source]
        lane = torch.repeat_interleave(torch.arange(len(count), device=count.device), count)
        before = torch.cumsum(count, 0) - count
        offset = torch.arange(len(lane), device=count.device) - before[lane]
        return events.trial[lane], self.by_source[self.first[source][lane] + offset]


class EventQueue:
    """Lists of synaptic events, one slot per time step.

    Parameters
    ----------
    wiring : Wiring
    pending : sequence of numpy.ndarray
        Synapses that wait already, by the number of steps from now (for every trial).
    batch : int
    """

    def __init__(self, wiring: Wiring, pending, batch: int):
        self.wiring = wiring
        size = max(wiring.longest + 1, len(pending))
        self.slots: list[tuple] = [()] * size
        for k, synapses in enumerate(pending):
            if len(synapses):
                synapses = wiring.indices(synapses)
                trial = torch.arange(batch, device=wiring.device).repeat_interleave(len(synapses))
                self.slots[k] = ((trial, synapses.repeat(batch)),)
        self.now = 0

    def snapshot(self) -> EventQueue:
        """Return an independent copy."""
        other = copy(self)
        other.slots = list(self.slots)
        return other

    def push(self, events: Events) -> None:
        """Send events on their way."""
        events = events.between(self.wiring.start, self.wiring.stop)
        if not len(events.element):
            return
        trial, synapse = self.wiring.expand(events)
        delays = self.wiring.delays[synapse]
        for delay in torch.unique(delays).tolist():
            chosen = delays == delay
            slot = (self.now + delay) % len(self.slots)
            self.slots[slot] += ((trial[chosen], synapse[chosen]),)

    def pop(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Return trial and synapse of what arrives now, and advance one step."""
        arriving = self.slots[self.now]
        self.slots[self.now] = ()
        self.now = (self.now + 1) % len(self.slots)
        if not arriving:
            nothing = self.wiring.indices(())
            return nothing, nothing
        trial, synapse = (torch.cat(parts) for parts in zip(*arriving, strict=True))
        if len(arriving) > 1:
            order = torch.argsort(trial, stable=True)
            trial, synapse = trial[order], synapse[order]
        return trial, synapse

    def waiting(self) -> list[np.ndarray]:
        """Return the waiting synapses of the first trial by the number of steps from now."""
        size = len(self.slots)
        rotated = [self.slots[(self.now + k) % size] for k in range(size)]
        return [
            np.concatenate([s[t == 0].cpu().numpy() for t, s in slot] or [np.zeros(0, np.int64)])
            for slot in rotated
        ]


class GateHistory:
    """The latest spikes of the sources, newest first, ``[batch, source]`` each.

    Parameters
    ----------
    wiring : Wiring
    pending : sequence of numpy.ndarray
        Synapses that wait already, by the number of steps from now (for every trial).
    """

    def __init__(self, wiring: Wiring, pending):
        self.wiring = wiring
        self.history: deque[torch.Tensor] = deque(maxlen=wiring.longest + 1)
        self.pending = deque(pending)

    def snapshot(self) -> GateHistory:
        """Return an independent copy."""
        other = copy(self)
        other.history, other.pending = self.history.copy(), self.pending.copy()
        return other

    def detach(self) -> GateHistory:
        """Return a copy without gradients."""
        other = self.snapshot()
        other.history = deque((v.detach() for v in self.history), maxlen=self.history.maxlen)
        return other

    def push(self, values: torch.Tensor) -> None:
        """Add the spikes of this step."""
        self.history.appendleft(values)

    def delayed(self, delay: int) -> torch.Tensor | None:
        """Return the spikes of ``delay`` steps ago, None before the start."""
        return self.history[delay] if delay < len(self.history) else None

    def arriving(self) -> torch.Tensor | None:
        """Return the synapses that waited from the start and arrive now; advance one step."""
        waiting = self.pending.popleft() if self.pending else ()
        return self.wiring.indices(waiting) if len(waiting) else None

    def gate(self, like: torch.Tensor) -> torch.Tensor:
        """Return what arrives at each synapse, ``[batch, synapse]`` in event order."""
        parts = []
        for delay, _, sources in self.wiring.groups:
            values = self.delayed(delay)
            if values is None:
                values = torch.zeros_like(like)
            parts.append(values[:, sources])
        return torch.cat(parts, 1) if len(parts) != 1 else parts[0]
