"""Read and write the spikes that wait in one of Brian2's spike queues.

Brian2 has one in C++ and, up to 2.9, one in Python, with states of different shapes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

__all__ = ["read_waiting", "write_waiting"]


def read_waiting(queue) -> tuple[tuple[int, ...], ...]:
    """Return the waiting synapses by the number of steps from now; empty if there are none."""
    if _is_python(queue):
        slots = [[] for _ in queue.n]
        for step, synapse in queue._extract_spikes():
            slots[step].append(int(synapse))
    else:
        offset, stored = queue._full_state()
        slots = [stored[(offset + k) % len(stored)] for k in range(len(stored))]
    return tuple(map(tuple, slots)) if any(map(len, slots)) else ()


def write_waiting(queue, slots: Sequence[np.ndarray]) -> None:
    """Replace what waits in ``queue``; ``slots[k]`` arrives in ``k`` steps."""
    if _is_python(queue):
        rows = [(step, synapse) for step, slot in enumerate(slots) for synapse in slot]
        needed = max((len(slot) for slot in slots), default=0)
        if needed > queue.X.shape[1]:
            queue._resize(needed)
        queue._store_spikes(np.array(rows, dtype=int).reshape(-1, 2))
    else:
        queue._restore_from_full_state((0, [list(map(int, slot)) for slot in slots]))


def _is_python(queue) -> bool:
    return hasattr(queue, "_extract_spikes")
