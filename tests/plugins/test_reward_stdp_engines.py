"""Synapses that wait for a reward learn the same in every engine."""

import numpy as np
import pytest
from brian2 import (
    Network,
    NeuronGroup,
    SpikeGeneratorGroup,
    TimedArray,
    defaultclock,
    device,
    ms,
    set_device,
)

from brian2_l2l_plugins.presentation import Presenter, Samples
from brian2_l2l_plugins.reward_stdp import reward_stdp
from tests.claims.mirror_equals_brian2 import assert_mirror_equals_brian2, run_for

SOURCES, TARGETS, DURATION = 20, 5, 200 * ms


@pytest.fixture(autouse=True)
def time_step():
    defaultclock.dt = 1 * ms


def network(rng):
    """Return neurons that random spikes drive, and their synapses; the reward comes late."""
    spikes = rng.random((200, SOURCES)) < 0.03
    times, indices = spikes.nonzero()
    source = SpikeGeneratorGroup(SOURCES, indices, times * ms, name="source")
    given = TimedArray([0.0, 1.0, -0.5, 0.0], dt=50 * ms)
    target = NeuronGroup(
        TARGETS,
        "dv/dt = -v/(20*ms) : 1\nreward = given(t) : 1 (constant over dt)",
        threshold="v > 1",
        reset="v = 0",
        method="exact",
        namespace={"given": given},
        name="target",
    )
    synapses = reward_stdp(source, target, tau_w=10 * ms, delay=2 * ms, name="layer")
    synapses.connect()
    synapses.w = rng.uniform(0.2, 0.6, SOURCES * TARGETS)
    return Network(source, target, synapses)


def test_a_mirror_learns_what_brian2_does(seed):
    found = assert_mirror_equals_brian2(
        lambda: network(np.random.default_rng(seed)), seed, run_for(DURATION)
    )
    start = network(np.random.default_rng(seed))["layer"].w[:]
    assert np.mean(found["layer.w"] > start) > 0.1 and np.mean(found["layer.w"] < start) > 0.1


def test_a_program_learns_what_brian2_does(seed, compiler, tmp_path):
    net = network(np.random.default_rng(seed))
    net.run(DURATION)
    expected = {name: np.array(getattr(net["layer"], name)) for name in ("w", "c")}
    set_device("cpp_standalone", directory=str(tmp_path))
    net = network(np.random.default_rng(seed))
    net.run(DURATION)
    assert device.has_been_run
    for name, values in expected.items():
        np.testing.assert_allclose(getattr(net["layer"], name), values, rtol=1e-9, atol=1e-15)


def test_rewards_teach_a_network_to_tell_patterns_apart(rng):
    samples = Samples(SOURCES, 2, chunk=10, sample=100 * ms, pause=50 * ms)
    source = NeuronGroup(SOURCES, "", threshold="rand() < 0.15*intensity(t, i)", name="source")
    # Each neuron is rewarded for its own pattern, and punished for the other.
    target = NeuronGroup(
        2,
        """
        dv/dt = -v/(20*ms) : 1
        reward = learning(t)*(2*int(int(label(t) + 0.5) == i) - 1) : 1 (constant over dt)
        """,
        threshold="v > 1",
        reset="v = 0",
        method="exact",
        name="target",
    )
    constants = {"tau_c": 50 * ms, "tau_w": 20 * ms, "depression": 0}
    synapses = reward_stdp(source, target, **constants, name="layer")
    synapses.connect()
    synapses.w = 0.3
    shown = Presenter(Network(source, target, synapses), samples, target, [(synapses, "w")])
    labels = rng.integers(2, size=60)
    values = (np.arange(SOURCES) % 2 == labels[:, None]).astype(float)
    assert shown.accuracy(values, labels) < 0.7
    history = shown.train(values, labels, report=None)
    assert history[-1]["spikes"] > 1 and shown.accuracy(values, labels) > 0.9
    weights = shown.values["layer.w"].reshape(SOURCES, 2)
    own = np.arange(SOURCES)[:, None] % 2 == np.arange(2)
    assert weights[own].mean() > 2 * weights[~own].mean()
