"""Trials that learn together do so alike in both lowerings, in any number of threads."""

import pytest
import torch
from brian2 import Hz, Network, NeuronGroup, PoissonGroup, Synapses, defaultclock, ms

import brian2_l2l as l2l
from brian2_l2l.errors import MirrorError
from brian2_l2l_plugins.threads import torch_threads
from tests.claims.fused_equals_plain import assert_same, run_lowered
from tests.mirror.fused.compilers import needs_compiler

DURATION, BATCH = 150 * ms, 5

pytestmark = needs_compiler


def network(rng, connected, heterogeneous=False):
    """Return a network with two kinds of plastic synapses, and these."""
    defaultclock.dt = 1 * ms
    source = PoissonGroup(30, 60 * Hz, name="source")
    neurons = NeuronGroup(
        20,
        "dv/dt = -v/(5*ms) : 1 (unless refractory)\ngoal : 1 (constant)",
        threshold="v > 1",
        reset="v = 0.1*rand()",
        refractory=3 * ms,
        method="exact",
        name="neurons",
    )
    neurons.goal = rng.random(20) - 0.4
    into = Synapses(
        source,
        neurons,
        "w : 1",
        on_pre="active = int(rand() < 0.6)\nv_post += active*w\n"
        "w = clip(w + 0.05*active*goal_post, 0, 1)",
        name="into",
    )
    among = Synapses(
        neurons,
        neurons,
        "w : 1\ndA/dt = -A/(10*ms) : 1 (event-driven)\ndB/dt = -B/(10*ms) : 1 (event-driven)",
        on_pre="v_post += w; A += 0.02; w = clip(w + B, 0, 0.3)",
        on_post="B -= 0.02; w = clip(w + A, 0, 0.3)",
        name="among",
    )
    for synapses, size in ((into, 0.4 / connected), (among, 0.1)):
        synapses.connect(p=connected)
        synapses.w = size * rng.random(len(synapses))
    if heterogeneous:
        into.delay = 3 * ms * rng.random(len(into))
    return Network(source, neurons, into, among), [(into, "w"), (among, "w")]


def run(net, shared, lowering, threads=1):
    keys = [("source", "spikes"), ("neurons", "spikes"), ("neurons", "v")]
    keys += [(synapses.name, "w", "last") for synapses, _ in shared]
    with torch_threads(threads):
        return run_lowered(net, lowering, DURATION, keys, shared=shared, batch_size=BATCH)


@pytest.mark.parametrize("count", ["sum", "mean"])
@pytest.mark.parametrize(("connected", "heterogeneous"), [(1.0, False), (0.4, False), (0.4, True)])
def test_plain_and_fused_learn_the_same(connected, heterogeneous, count, rng):
    net, shared = network(rng, connected, heterogeneous)
    shared = dict.fromkeys(shared, count)
    expected = run(net, shared, "plain")
    for threads in (1, 2, 3):
        found = run(net, shared, "fused", threads)
        assert assert_same(expected, found) > 500
    rate = expected[0]["neurons", "spikes"].mean()
    assert 0.01 < rate < 0.3, f"the neurons have {rate} spikes in a time step"
    for synapses, _ in shared:
        learned = expected[0][synapses.name, "w", "last"]
        assert float((learned[0] - torch.as_tensor(synapses.w[:])).abs().mean()) > 1e-3


def test_many_trials_fill_several_tiles(rng):
    net, shared = network(rng, 1.0)
    keys = [("neurons", "spikes"), ("into", "w", "last")]
    options = {"shared": shared, "batch_size": 37}
    expected, found = (
        run_lowered(net, lowering, 20 * ms, keys, **options) for lowering in ("plain", "fused")
    )
    assert assert_same(expected, found) > 100


def test_a_run_goes_on_where_another_ended(rng, seed):
    net, shared = network(rng, 1.0)
    mirror = l2l.mirror(net, shared=shared, batch_size=3, lowering="fused", dtype=torch.float64)
    keys = [("into", "w", "last")]
    whole = mirror.run(40 * ms, record=keys, seed=seed)
    first = mirror.run(15 * ms, record=keys, seed=seed)
    rest = mirror.run(25 * ms, record=keys, state=first.state)
    assert torch.equal(whole[keys[0]], rest[keys[0]])
    assert not torch.equal(whole[keys[0]], first[keys[0]])


def test_other_random_numbers_of_events_that_wait_are_not_covered(rng):
    net, shared = network(rng, 1.0)
    # Each event sees what the one before has done to its target.
    noisy = Synapses(net["source"], net["neurons"], on_pre="v_post = 0.9*v_post + 0.01*randn()")
    noisy.connect(p=0.2)
    net.add(noisy)
    mirror = l2l.mirror(net, lowering="fused")
    with pytest.raises(MirrorError, match="order that depends on the events"):
        mirror.run(1 * ms)
