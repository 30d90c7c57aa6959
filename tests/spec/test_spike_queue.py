"""The spikes that wait in either of Brian2's queues can be read and replaced."""

import numpy as np
import pytest
from brian2.devices.device import get_device
from brian2.synapses import spikequeue

from brian2_l2l.spec.spike_queue import read_waiting, write_waiting

NEURONS, SYNAPSES, DT = 6, 30, 1e-4


def make_queue(kind, rng):
    if kind == "C++":
        queue = get_device().spike_queue(0, NEURONS)
    else:
        queue = spikequeue.SpikeQueue(0, NEURONS)
        if not hasattr(queue, "_extract_spikes"):
            pytest.skip("from brian2 2.10 on there is no queue in Python")
    sources = rng.integers(0, NEURONS, SYNAPSES).astype(np.int32)
    queue.prepare(rng.uniform(0, 1e-3, SYNAPSES), DT, sources)
    return queue


def push(queue, rng, steps):
    """Send random spikes, and return what arrives."""
    arrived = []
    for _ in range(steps):
        queue.push(np.flatnonzero(rng.random(NEURONS) < 0.4).astype(np.int32))
        arrived.append(list(queue.peek()))
        queue.advance()
    return arrived


def rest(queue):
    """Let everything arrive."""
    arrived = []
    for _ in range(12):
        arrived.append(list(queue.peek()))
        queue.advance()
    return arrived


@pytest.mark.parametrize("kind", ["C++", "Python"])
def test_what_waits_is_what_arrives(kind, rng):
    queue = make_queue(kind, rng)
    assert read_waiting(queue) == ()
    push(queue, rng, 17)
    waiting = [sorted(slot) for slot in read_waiting(queue)]
    assert sum(map(len, waiting)) > 5
    arrived = [sorted(slot) for slot in rest(queue)]
    assert arrived[: len(waiting)] == waiting
    assert not any(arrived[len(waiting) :])
    assert read_waiting(queue) == ()


@pytest.mark.parametrize("kind", ["C++", "Python"])
def test_what_waits_can_be_replaced(kind, rng):
    state = rng.bit_generator.state
    queue = make_queue(kind, rng)
    rng.bit_generator.state = state
    other = make_queue(kind, rng)
    push(queue, rng, 17)
    push(other, rng, 4)
    waiting = read_waiting(queue)
    write_waiting(other, [np.array(slot, dtype=np.int64) for slot in waiting])
    assert read_waiting(other) == waiting
    state = rng.bit_generator.state
    expected = push(queue, rng, 20)
    rng.bit_generator.state = state
    assert push(other, rng, 20) == expected


@pytest.mark.parametrize("kind", ["C++", "Python"])
def test_many_spikes_find_room(kind, rng):
    queue = make_queue(kind, rng)
    slots = [np.arange(SYNAPSES), np.arange(3), np.zeros(0, dtype=int)]
    write_waiting(queue, slots)
    waiting = read_waiting(queue)
    assert [list(slot) for slot in waiting[:2]] == [list(range(SYNAPSES)), [0, 1, 2]]
    assert not any(map(len, waiting[2:]))
