"""The adaptive integrate-and-fire neuron against recurrences written by hand."""

import numpy as np
import pytest
from brian2 import (
    Network,
    NeuronGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    TimedArray,
    defaultclock,
    ms,
    second,
)

from brian2_l2l.models import adaptive_lif

NEURONS, STEPS = 40, 1000
TAU_M, TAU_A, THRESHOLD, BETA = 20.0, 200.0, 0.01, 1.8


def paper_recurrence(current, weights, delay, refractory, dt):
    """Bellec et al. 2018: the old v is compared with the new B; spikes act one step later."""
    alpha, rho = np.exp(-dt / TAU_M), np.exp(-dt / TAU_A)
    v, b = np.zeros((2, NEURONS))
    z, v_all, b_all = [np.zeros(NEURONS)], [], []
    blocked = np.zeros(NEURONS)
    for t in range(len(current)):
        b = rho * b + (1 - rho) * z[t] / dt
        B = THRESHOLD + BETA * b
        arriving = z[t - delay] if t >= delay else np.zeros(NEURONS)
        v_new = alpha * v + (1 - alpha) * (current[t] + arriving @ weights) - z[t] * B
        spikes = (v > B) & (blocked == 0)
        blocked = np.where(spikes, refractory, np.maximum(blocked - 1, 0))
        v = v_new
        z.append(spikes.astype(float))
        v_all.append(v)
        b_all.append(b)
    return np.array(z[1:]), np.array(v_all), np.array(b_all)


def brian2_recurrence(current, weights, delay, refractory, dt):
    """The order of a Brian2 neuron: update, comparison, synapses, reset, all in one step."""
    alpha, rho = np.exp(-dt / TAU_M), np.exp(-dt / TAU_A)
    v, b = np.zeros((2, NEURONS))
    z, v_all, b_all = [], [], []
    last = np.full(NEURONS, -(10**6))
    for t in range(len(current)):
        v = alpha * v + (1 - alpha) * current[t]
        b = rho * b
        B = THRESHOLD + BETA * b
        spikes = (v > B) & (t - last >= refractory)
        last[spikes] = t
        z.append(spikes.astype(float))
        if t >= delay:
            v = v + z[t - delay] @ weights
        v = v - spikes * B
        b = b + spikes / TAU_A
        v_all.append(v)
        b_all.append(b)
    return np.array(z), np.array(v_all), np.array(b_all)


def simulate(model, synapse, current, weights, delay, dt):
    defaultclock.dt = dt * ms
    stimulus = TimedArray(current, dt=dt * ms)
    group = model.initialise(NeuronGroup(NEURONS, **model.group_arguments()))
    recurrent = Synapses(group, group, "w : 1", on_pre=synapse, delay=delay * dt * ms)
    recurrent.connect(condition="i != j")
    recurrent.w = weights[recurrent.i, recurrent.j]
    spikes = SpikeMonitor(group)
    states = StateMonitor(group, ["v", "b"], record=True, when="end")
    network = Network(group, recurrent, spikes, states)
    network.run(len(current) * dt * ms, namespace={"stimulus": stimulus})
    raster = np.zeros_like(current)
    raster[np.round(spikes.t / (dt * ms)).astype(int), spikes.i] = 1
    return raster, states.v.T, states.b.T


def random_input(rng):
    current = rng.normal(0.012, 0.03, (STEPS, NEURONS))
    weights = rng.normal(0, 0.2, (NEURONS, NEURONS))
    np.fill_diagonal(weights, 0)
    return current, weights


def assert_rate(raster, dt):
    rate = raster.mean() / (dt * 1e-3)
    assert 5 < rate < 50, f"{rate} Hz"


@pytest.mark.parametrize("dt", [1.0, 0.5])
@pytest.mark.parametrize("refractory", [1, 5])
@pytest.mark.parametrize("delay", [0, 3])
def test_paper_order_is_the_recurrence_of_the_paper(rng, delay, refractory, dt):
    current, weights = random_input(rng)
    expected, v, b = paper_recurrence(current, weights, delay, refractory, dt)
    assert_rate(expected, dt)
    model = adaptive_lif(
        tau_m=TAU_M * ms,
        tau_a=TAU_A * ms,
        v_threshold=THRESHOLD,
        beta=BETA,
        refractory=refractory * dt * ms,
        input="stimulus(t, i)",
        order="paper",
    )
    raster, brian_v, brian_b = simulate(model, "I_syn_post += w", current, weights, delay, dt)
    np.testing.assert_array_equal(raster, expected)
    silent = raster == 0
    np.testing.assert_allclose(brian_v[silent], v[silent], atol=1e-12)
    np.testing.assert_allclose(brian_b[silent], b[silent], atol=1e-12)


@pytest.mark.parametrize("delay", [0, 3])
def test_brian2_order_is_update_comparison_synapses_reset(rng, delay):
    current, weights = random_input(rng)
    weights *= 0.02
    expected, v, b = brian2_recurrence(current, weights, delay, refractory=5, dt=1.0)
    assert_rate(expected, 1.0)
    model = adaptive_lif(
        tau_m=TAU_M * ms,
        tau_a=TAU_A * ms,
        v_threshold=THRESHOLD,
        beta=BETA,
        refractory=5 * ms,
        input="stimulus(t, i)",
    )
    raster, brian_v, brian_b = simulate(model, "v_post += w", current, weights, delay, 1.0)
    np.testing.assert_array_equal(raster, expected)
    np.testing.assert_allclose(brian_v, v, atol=1e-12)
    np.testing.assert_allclose(brian_b, b, atol=1e-12)


def test_the_two_orders_differ(rng):
    current, _ = random_input(rng)
    nothing = np.zeros((NEURONS, NEURONS))
    paper = paper_recurrence(current, nothing, 0, 5, 1.0)[0]
    brian = brian2_recurrence(current, nothing, 0, 6, 1.0)[0]
    assert not np.array_equal(paper, brian)


@pytest.mark.parametrize("order", ["brian2", "paper"])
def test_intervals_grow(order):
    defaultclock.dt = 1 * ms
    model = adaptive_lif(input="0.02", order=order)
    group = model.initialise(NeuronGroup(1, **model.group_arguments()))
    spikes = SpikeMonitor(group)
    Network(group, spikes).run(1 * second)
    intervals = np.diff(spikes.t / ms)
    assert len(intervals) > 5
    assert intervals[-1] > 1.5 * intervals[0]


def test_lasting_current_of_the_paper_order_decays_exactly():
    defaultclock.dt = 1 * ms
    model = adaptive_lif(order="paper", tau_syn=5 * ms)
    group = NeuronGroup(1, **model.group_arguments())
    group.I_syn = 1
    current = StateMonitor(group, "I_syn", record=0, when="end")
    Network(group, current).run(20 * ms)
    np.testing.assert_allclose(current.I_syn[0], np.exp(-np.arange(1, 21) / 5), rtol=1e-12)
