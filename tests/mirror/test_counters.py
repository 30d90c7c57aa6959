"""Uniform random numbers depend on where they are needed."""

import numpy as np
import pytest
import torch
from brian2 import Hz, Network, NeuronGroup, PoissonGroup, Synapses, defaultclock, ms

import brian2_l2l as l2l
from brian2_l2l.mirror.counters import key_of, uniform

MASK = 2**64 - 1


def splitmix(x):
    """Return the output function of SplitMix64, in Python's own integers."""
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9 & MASK
    x = (x ^ x >> 27) * 0x94D049BB133111EB & MASK
    return x ^ x >> 31


def triple(x, second):
    """Return the hash of 32 bits, in Python's own integers."""
    x = (x ^ x >> 17) * 0xED5AD4BB % 2**32
    x = ((x ^ x >> 11) + second) * 0xAC4C1B51 % 2**32
    x = (x ^ x >> 15) * 0x31848BAB % 2**32
    return x ^ x >> 14


def drawn(seed, call, step, trials, elements, dtype=torch.float64):
    parts = torch.as_tensor(trials), torch.as_tensor(elements)
    return uniform(key_of(seed, call), step, *parts, dtype)


def test_they_are_those_of_the_hashes(rng):
    seed, step = int(rng.integers(2**31)), int(rng.integers(2**31))
    trials, elements = rng.integers(2**20, size=3), rng.integers(2**31, size=4)
    found = drawn(seed, "group 0", step, trials, elements)
    key, far = key_of(seed, "group 0") & MASK, 0x9E3779B97F4A7C15
    for trial, row in zip(trials, found, strict=True):
        place = splitmix((splitmix((key + step * far) & MASK) + int(trial) * far) & MASK)
        low, high = place % 2**32, place >> 32
        for element, number in zip(elements, row, strict=True):
            near = int(element) * 0x9E3779B9
            bits = triple((low + near) % 2**32, high) << 20
            bits += triple((high + near) % 2**32, low) >> 12
            assert float(number) == bits / 2**52


def test_single_precision_has_fewer_bits(seed):
    exact = drawn(seed, "a", 3, range(5), range(100))
    single = drawn(seed, "a", 3, range(5), range(100), torch.float32)
    assert single.dtype == torch.float32
    assert torch.equal(single.double(), torch.floor(exact * 2**24) / 2**24)


@pytest.mark.parametrize("axis", ["seed", "call", "step", "trial", "element"])
def test_numbers_along_every_axis_are_uniform_and_independent(axis, seed):
    count = 4000
    if axis == "trial":
        found = drawn(seed, "a", 1, range(count), [7])
    elif axis == "element":
        found = drawn(seed, "a", 1, [7], range(count))
    else:
        found = torch.cat(
            [
                drawn(
                    seed + k * (axis == "seed"),
                    f"a {k * (axis == 'call')}",
                    k * (axis == "step"),
                    [7],
                    [9],
                )
                for k in range(count)
            ]
        )
    numbers = found.ravel().numpy()
    counts = np.histogram(numbers, bins=20, range=(0, 1))[0]
    # A hundred times less likely than one in a million.
    assert np.square(counts - count / 20).sum() / (count / 20) < 80
    for lag in (1, 2, 16):
        correlation = np.corrcoef(numbers[:-lag], numbers[lag:])[0, 1]
        assert abs(correlation) < 6 / count**0.5


def test_a_trial_has_the_same_numbers_in_every_batch(seed):
    group = NeuronGroup(4, "x = rand() : 1 (constant over dt)", name="group")
    net = Network(group)
    one, several = (
        l2l.mirror(net, batch_size=batch, dtype=torch.float64).run(
            5 * defaultclock.dt, record=[(group, "x")], seed=seed
        )[group, "x"]
        for batch in (1, 3)
    )
    assert torch.equal(one[:, 0], several[:, 0])
    assert len(several.unique()) == several.numel()


def test_a_run_goes_on_with_other_numbers(seed):
    group = NeuronGroup(4, "x = rand() : 1 (constant over dt)", name="group")
    mirror, keys = l2l.mirror(Network(group)), [(group, "x")]
    whole = mirror.run(6 * defaultclock.dt, record=keys, seed=seed)
    first = mirror.run(2 * defaultclock.dt, record=keys, seed=seed)
    rest = mirror.run(4 * defaultclock.dt, record=keys, state=first.state)
    assert torch.equal(torch.cat([first[keys[0]], rest[keys[0]]]), whole[keys[0]])


def test_calls_and_groups_have_their_own(seed):
    equations = "x : 1\ny : 1"
    groups = [NeuronGroup(50, equations, name=name) for name in ("first", "second")]
    for group in groups:
        group.run_regularly("x = rand(); y = rand()")
    keys = [(group, name) for group in groups for name in "xy"]
    record = l2l.mirror(Network(groups)).run(defaultclock.dt, record=keys, seed=seed)
    numbers = torch.stack([record[key].ravel() for key in keys])
    assert len(numbers.unique()) == 200
    assert bool((numbers.corrcoef().fill_diagonal_(0).abs() < 0.7).all())


def test_synapses_transmit_some_of_the_spikes(seed):
    defaultclock.dt = 1 * ms
    source = PoissonGroup(20, 100 * Hz, name="source")
    target = NeuronGroup(50, "count : 1", name="target")
    synapses = Synapses(source, target, on_pre="count_post += int(rand() < 0.3)")
    synapses.connect()
    record = l2l.mirror(Network(source, target, synapses)).run(
        100 * ms, record=[(source, "spikes", "sum"), (target, "count", "last")], seed=seed
    )
    spikes = float(record[source, "spikes", "sum"].sum())
    counts = record[target, "count", "last"]
    assert spikes > 100
    # Each is transmitted on its own, to each target.
    error = 6 * (0.3 * 0.7 / (spikes * 50)) ** 0.5
    assert float(counts.mean()) / spikes == pytest.approx(0.3, abs=error)
    assert float(counts.var()) == pytest.approx(spikes * 0.21, rel=1)
