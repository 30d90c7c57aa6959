"""A reward turns what pairs of spikes have marked into weights."""

import numpy as np
import pytest
from brian2 import (
    Network,
    NeuronGroup,
    SpikeGeneratorGroup,
    StateMonitor,
    Synapses,
    TimedArray,
    ms,
    second,
)

from brian2_l2l.errors import RuleError
from brian2_l2l.plugins import get
from brian2_l2l_plugins.reward_stdp import reward_stdp, reward_stdp_rule

STEP = 0.5 * ms


def experiment(lag, rewarded=True, **options):
    """Return the weight and the trace around two spikes; that of the target is `lag` ms late."""
    times = [20, 20 + lag] * ms
    source = SpikeGeneratorGroup(1, [0], times[:1], dt=STEP)
    kick = SpikeGeneratorGroup(1, [0], times[1:], dt=STEP)
    names = {"given": TimedArray([0.0, 1.0 if rewarded else 0.0, 0.0], dt=100 * ms)}
    target = NeuronGroup(
        1,
        "v : 1\nreward = given(t) : 1 (constant over dt)\nkicked : 1",
        threshold="kicked > 0.5",
        reset="kicked = 0",
        namespace=names,
        dt=STEP,
    )
    push = Synapses(kick, target, on_pre="kicked_post = 1", dt=STEP)
    push.connect()
    synapses = reward_stdp(source, target, dt=STEP, **options)
    synapses.connect()
    synapses.w = 0.5
    monitor = StateMonitor(synapses, ["w", "c"], record=True, dt=STEP)
    Network(source, kick, target, push, synapses, monitor).run(300 * ms)
    return np.array(monitor.w[0]), np.array(monitor.c[0]), np.array(monitor.t)


@pytest.mark.parametrize("lag", [10, -10])
def test_the_order_of_spikes_decides_and_the_reward_writes_it(lag):
    w, c, t = experiment(lag)
    late = abs(lag) * 1e-3 + (0.5e-3 if lag > 0 else -0.5e-3)
    size = 0.01 * np.exp(-late / 20e-3) if lag > 0 else -0.0105 * np.exp(-late / 20e-3)
    marked = np.argmax(np.abs(c))
    assert c[marked] == pytest.approx(size, rel=0.03)
    before, after = w[t < 0.1], w[t > 0.2]
    assert np.all(before == 0.5) and np.ptp(after) == 0
    # The reward is there from 100 to 200 ms, and the trace decays.
    decay = np.exp(-(0.1 - t[marked])) - np.exp(-(0.2 - t[marked]))
    assert after[0] - 0.5 == pytest.approx(size * decay, rel=0.03)


def test_without_a_reward_nothing_is_learned():
    w, c, _ = experiment(10, rewarded=False)
    assert np.all(w == 0.5) and np.abs(c).max() > 0.005


def test_constants_are_options():
    w, _, _ = experiment(10, tau_w=0.1 * second)
    slow, _, _ = experiment(10)
    assert w[-1] - 0.5 == pytest.approx(10 * (slow[-1] - 0.5), rel=1e-6)


def test_weights_are_in_the_unit_of_what_they_change():
    target = NeuronGroup(1, "I : amp\nreward : 1")
    text = str(reward_stdp_rule(target, variable="I"))
    assert "c/tau_w : A" in text and "third factor: reward" in text


def test_a_target_without_a_reward_is_refused():
    target = NeuronGroup(1, "v : 1", name="plain")
    with pytest.raises(RuleError, match="'plain' the variable 'reward'"):
        reward_stdp(target, target)


def test_it_is_known_by_its_name():
    assert get("rules", "reward_stdp") is reward_stdp
