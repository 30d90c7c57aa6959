"""Connections that move are as good as connections that were there from the start."""

import numpy as np
import pytest
import torch
from brian2 import Network, SpikeGeneratorGroup, SpikeMonitor, Synapses, ms

import brian2_l2l as l2l
from brian2_l2l.errors import MirrorError
from tests.claims.fused_equals_plain import assert_same
from tests.mirror.fused.compilers import needs_compiler
from tests.mirror.trainable_networks import simple_cells

SOURCES, TARGETS, DURATION = 12, 9, 60 * ms
LOWERINGS = ["plain", pytest.param("fused", marks=needs_compiler)]
KEYS = [("cells", "spikes"), ("cells", "v")]


def drawn(rng, number):
    """Return pairs of neurons, none of them twice, and weights."""
    places = rng.choice(SOURCES * TARGETS, number, replace=False)
    return places // TARGETS, places % TARGETS, rng.normal(0.3, 0.3, number)


def network(connections, times):
    i, j, w = connections
    source = SpikeGeneratorGroup(SOURCES, *times, name="source", dt=1 * ms)
    cells = simple_cells(TARGETS)
    synapses = Synapses(source, cells, "w : 1", on_pre="v_post += w", name="synapses", dt=1 * ms)
    synapses.connect(i=i, j=j)
    synapses.w = w
    monitor = SpikeMonitor(cells, name="monitor")
    return Network(source, cells, synapses, monitor)


@pytest.fixture
def times(rng):
    spikes = np.argwhere(rng.random((SOURCES, 60)) < 0.3)
    return spikes[:, 0], spikes[:, 1] * ms


def mirrored(net, lowering):
    return l2l.mirror(
        net, [("synapses", "w")], lowering=lowering, dtype=torch.float64, surrogate_scale=1.0
    )


def results(mirror):
    record = mirror.run(DURATION, record=KEYS)
    record["cells", "v"].square().sum().backward()
    gradients = {name: p.grad.clone() for name, p in mirror.named_parameters()}
    mirror.zero_grad(set_to_none=True)
    return {key: value.detach() for key, value in record.items()}, gradients


@pytest.mark.parametrize("lowering", LOWERINGS)
@pytest.mark.parametrize("numbers", [(20, 20), (20, 31), (31, 20), (15, 100)])
def test_moved_connections_are_those_of_a_network_built_with_them(lowering, numbers, times, rng):
    first, second = (drawn(rng, number) for number in numbers)
    mirror = mirrored(network(first, times), lowering)
    results(mirror)
    mirror.rewire("synapses", *second[:2], {"w": second[2]})
    expected = results(mirrored(network(second, times), lowering))
    assert assert_same(expected, results(mirror)) > 10


def test_moved_connections_are_written_back(times, rng):
    first, second = drawn(rng, 20), drawn(rng, 31)
    net, wanted = network(first, times), network(second, times)
    mirror = mirrored(net, "plain")
    mirror.rewire("synapses", *second[:2], {"w": second[2]})
    mirror.write_back()
    for one in (net, wanted):
        one.run(DURATION)
    synapses, other = net["synapses"], wanted["synapses"]
    for name in ("i", "j", "w", "N_incoming", "N_outgoing"):
        assert np.array_equal(getattr(synapses, name)[:], getattr(other, name)[:]), name
    assert len(synapses) == 31
    monitor, expected = net["monitor"], wanted["monitor"]
    assert expected.num_spikes > 10
    assert np.array_equal(monitor.i, expected.i) and np.array_equal(monitor.t, expected.t)


def test_moved_connections_belong_to_the_state(times, rng):
    first, second = drawn(rng, 20), drawn(rng, 31)
    mirror, other = (mirrored(network(first, times), "plain") for _ in range(2))
    mirror.rewire("synapses", *second[:2], {"w": second[2]})
    other.load_state_dict(mirror.state_dict())
    assert assert_same(results(mirror), results(other)) > 10
    assert np.array_equal(other.connections("synapses").sources, second[0])
    with pytest.raises(RuntimeError, match="moved"):
        mirror.load_state_dict(mirrored(network(first, times), "plain").state_dict())


def slow_network(connections, delays, times):
    """A network in which both pathways have delays of their own for each synapse."""
    net = network(connections, times)
    synapses = Synapses(
        net["source"],
        net["cells"],
        "w : 1",
        on_pre="v_post += w",
        on_post="v_post += 0.05*w",
        name="slow",
        dt=1 * ms,
    )
    synapses.connect(i=connections[0], j=connections[1])
    synapses.w, synapses.pre.delay, synapses.post.delay = connections[2], *(delays * ms)
    net.add(synapses)
    return net


@pytest.mark.parametrize("lowering", LOWERINGS)
@pytest.mark.parametrize("number", [20, 31])
def test_what_is_not_given_comes_from_the_origin(lowering, number, times, rng):
    first, second, delays = drawn(rng, 20), drawn(rng, number), rng.integers(0, 5, (2, 20))
    origins = rng.integers(0, 20, number)
    net = slow_network(first, delays, times)
    mirror, loaded = (mirrored(net, lowering) for _ in range(2))
    mirror.rewire("slow", *second[:2], {"w": second[2]}, origins)
    loaded.load_state_dict(mirror.state_dict())
    wanted = slow_network(second, delays[:, origins], times)
    # The other synapses are those of the first network.
    i, j, w = first
    fresh = mirrored(wanted, lowering)
    fresh.rewire("synapses", i, j, {"w": w})
    expected = results(fresh)
    assert assert_same(expected, results(mirror)) > 10
    assert assert_same(expected, results(loaded)) > 10
    loaded.write_back()
    for pathway in ("pre", "post"):
        delay, other = (getattr(n["slow"], pathway).delay[:] for n in (net, wanted))
        assert np.array_equal(delay, other), pathway


def test_connections_that_are_not_valid(times, rng):
    mirror = mirrored(network(drawn(rng, 20), times), "plain")
    with pytest.raises(MirrorError, match="elements 0 to 8"):
        mirror.rewire("synapses", [0, 1], [0, 9], {"w": [1.0, 1.0]})
    with pytest.raises(MirrorError, match="2 sources and 1 targets"):
        mirror.rewire("synapses", [0, 1], [0], {"w": [1.0, 1.0]})
    with pytest.raises(MirrorError, match="give the values of 'w'"):
        mirror.rewire("synapses", [0, 1], [0, 1])
    with pytest.raises(MirrorError, match="not a Synapses"):
        mirror.rewire("cells", [0, 1], [0, 1])
