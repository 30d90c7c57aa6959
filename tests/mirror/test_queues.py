"""Spikes on their way: in the order of Brian2's own queue, as lists and as gates."""

import numpy as np
import pytest
import torch
from brian2.devices.device import get_device

from brian2_l2l.mirror.queues import EventQueue, GateHistory, Wiring, delay_steps
from brian2_l2l.mirror.state import Events

DT = 1e-4
CPU = torch.device("cpu")


def events_of(fired) -> Events:
    return Events.where(torch.as_tensor(fired))


def random_wiring(rng, delay, neurons=12, synapses=80, start=0, stop=None):
    """Return a wiring and the same synapses in Brian2's queue."""
    stop = neurons if stop is None else stop
    sources = rng.integers(start, stop, synapses).astype(np.int32)
    delays = {
        "none": np.zeros(1),
        "same": np.full(1, 0.7e-3),
        "different": rng.uniform(0, 1.5e-3, synapses),
    }[delay]
    queue = get_device().spike_queue(start, stop)
    queue.prepare(delays, DT, sources)
    steps = delay_steps(delays, DT, synapses)
    return Wiring(sources, steps, start, stop, CPU), queue


def random_spikes(rng, steps, neurons, batch=1):
    fired = rng.random((steps, batch, neurons)) < 0.15
    assert steps < 10 or 0.05 < fired.mean() < 0.25
    return fired


@pytest.mark.parametrize("delay", ["none", "same", "different"])
@pytest.mark.parametrize("part", [(0, 12), (3, 9)], ids=["group", "subgroup"])
def test_events_arrive_in_the_order_of_brian2s_queue(rng, delay, part):
    wiring, expected = random_wiring(rng, delay, start=part[0], stop=part[1])
    queue, arrived = EventQueue(wiring, (), batch=1), 0
    for fired in random_spikes(rng, 60, 12):
        expected.push(np.flatnonzero(fired[0]).astype(np.int32))
        queue.push(events_of(fired))
        trial, synapse = queue.pop()
        np.testing.assert_array_equal(synapse, expected.peek())
        assert not trial.any()
        arrived += len(synapse)
        expected.advance()
    assert arrived > 200


def test_a_single_synapse_has_a_delay():
    wiring = Wiring(np.zeros(1, np.int32), delay_steps(np.full(1, 0.7e-3), DT, 1), 0, 1, CPU)
    wiring.delays.add_(1)
    assert wiring.delays.tolist() == [8] and wiring.longest == 7


@pytest.mark.parametrize("delay", ["same", "different"])
def test_every_trial_has_a_queue_of_its_own(rng, delay):
    wiring, _ = random_wiring(rng, delay)
    together, alone = EventQueue(wiring, (), 3), [EventQueue(wiring, (), 1) for _ in range(3)]
    for fired in random_spikes(rng, 40, 12, batch=3):
        together.push(events_of(fired))
        trial, synapse = together.pop()
        assert bool((trial.diff() >= 0).all())
        for k, queue in enumerate(alone):
            queue.push(events_of(fired[k : k + 1]))
            assert torch.equal(synapse[trial == k], queue.pop()[1])


@pytest.mark.parametrize("delay", ["none", "same", "different"])
def test_gates_open_where_events_arrive(rng, delay):
    wiring, _ = random_wiring(rng, delay)
    queue, history = EventQueue(wiring, (), 2), GateHistory(wiring, ())
    for fired in random_spikes(rng, 40, 12, batch=2):
        queue.push(events_of(fired))
        values = torch.as_tensor(fired, dtype=torch.float64)
        history.push(values)
        trial, synapse = queue.pop()
        expected = torch.zeros(2, wiring.synapses, dtype=torch.float64)
        expected[trial, synapse] = 1
        assert torch.equal(history.gate(values), expected[:, wiring.event_order])


def test_what_waited_before_arrives_in_every_trial(rng):
    wiring, expected = random_wiring(rng, "different")
    for fired in random_spikes(rng, 10, 12):
        expected.push(np.flatnonzero(fired[0]).astype(np.int32))
        expected.advance()
    offset, stored = expected._full_state()
    pending = [stored[(offset + k) % len(stored)] for k in range(len(stored))]
    assert sum(map(len, pending)) > 5
    queue, history = EventQueue(wiring, pending, batch=2), GateHistory(wiring, pending)
    for row in pending:
        trial, synapse = queue.pop()
        arriving = history.arriving()
        assert ([] if arriving is None else arriving.tolist()) == list(row)
        for k in range(2):
            assert synapse[trial == k].tolist() == list(row)
    assert not any(map(len, queue.waiting()))


def test_what_waits_can_be_given_to_a_new_queue(rng):
    wiring, _ = random_wiring(rng, "different")
    queue = EventQueue(wiring, (), 1)
    for fired in random_spikes(rng, 20, 12):
        queue.push(events_of(fired))
        queue.pop()
    again = EventQueue(wiring, queue.waiting(), 1)
    assert any(map(len, queue.waiting()))
    for fired in random_spikes(rng, 20, 12):
        for one in (queue, again):
            one.push(events_of(fired))
        assert torch.equal(queue.pop()[1], again.pop()[1])


def test_a_snapshot_stays_as_it_is(rng):
    wiring, _ = random_wiring(rng, "different")
    queue, history = EventQueue(wiring, (), 1), GateHistory(wiring, ())
    first, second = random_spikes(rng, 2, 12)
    first[0, :3] = second[0, 3:6] = True
    values = torch.as_tensor(first, dtype=torch.float64)
    queue.push(events_of(first))
    history.push(values)
    copies = queue.snapshot(), history.snapshot()
    waiting, gate = queue.waiting(), history.gate(values)
    queue.push(events_of(second))
    queue.pop()
    history.push(values + 1)
    for before, after in zip(waiting, copies[0].waiting(), strict=True):
        np.testing.assert_array_equal(before, after)
    assert torch.equal(copies[1].gate(values), gate)


@pytest.mark.parametrize("delay", [0.0, 1.49e-4, 1.5e-4, 1.51e-4, 0.3e-3, 1e-3])
def test_delays_are_rounded_as_in_brian2(delay):
    assert delay_steps(np.array([delay]), DT, 3).tolist() == [int(delay / DT + 0.5)] * 3


def test_a_wiring_without_synapses_has_no_events():
    empty = np.zeros(0, dtype=np.int64)
    wiring = Wiring(empty, empty, 0, 4, CPU)
    queue = EventQueue(wiring, (), 1)
    queue.push(events_of(np.ones((1, 4), dtype=bool)))
    assert len(queue.pop()[1]) == 0
