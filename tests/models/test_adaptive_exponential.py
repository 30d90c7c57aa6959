"""The adaptive exponential neuron: what its parameters are for."""

import numpy as np
import pytest
from brian2 import (
    Network,
    NeuronGroup,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    ms,
    mV,
    nA,
    pA,
    second,
)

from brian2_l2l.models import adaptive_exponential


def simulate(model, duration=1 * second, record=()):
    group = model.initialise(NeuronGroup(1, **model.group_arguments()))
    spikes = SpikeMonitor(group, variables=["v", "w"])
    states = StateMonitor(group, list(record), record=0, when="end")
    Network(group, spikes, states).run(duration)
    return spikes, states


def test_is_euler_on_the_equations_of_the_paper():
    spikes, states = simulate(adaptive_exponential(input="0.8*nA"), 300 * ms, ["v", "w"])
    assert 5 < spikes.num_spikes / 0.3 < 50
    v, w = -70.6, 0.0
    for step in range(3000):
        upswing = 2 * np.exp((v + 50.4) / 2)
        v, w = (
            v + 0.1 * (30 * (-70.6 - v) + 30 * upswing - w + 800) / 281,
            w + 0.1 * (4 * (v + 70.6) - w) / 144,
        )
        if v > -40.4:
            v, w = -70.6, w + 80.5
        np.testing.assert_allclose(states.v[0, step] / mV, v, rtol=1e-8)
        np.testing.assert_allclose(states.w[0, step] / pA, w, rtol=1e-8, atol=1e-8)


def test_adaptation_makes_intervals_grow():
    intervals = np.diff(simulate(adaptive_exponential(input="1*nA"))[0].t / ms)
    assert len(intervals) > 5
    assert intervals[-1] > 1.5 * intervals[0]


def test_less_than_rheobase_is_not_enough():
    assert simulate(adaptive_exponential(input="0.5*nA"))[0].num_spikes == 0


def test_a_later_cut_moves_spikes_by_less_than_a_millisecond():
    model = adaptive_exponential(input="0.8*nA")
    later = adaptive_exponential(input="0.8*nA", v_cut=20 * mV)
    early, late = simulate(model, 100 * ms)[0], simulate(later, 100 * ms)[0]
    assert early.num_spikes > 0
    assert 0 <= (late.t[0] - early.t[0]) / ms < 1


@pytest.mark.parametrize(
    "tau_syn, on_pre", [(None, "v_post += 30*mV"), (5 * ms, "I_syn_post += 3*nA")]
)
def test_an_incoming_spike_makes_a_spike(tau_syn, on_pre):
    model = adaptive_exponential(tau_syn=tau_syn, refractory=2 * ms)
    group = model.initialise(NeuronGroup(1, **model.group_arguments()))
    source = SpikeGeneratorGroup(1, [0, 0], [10, 110] * ms)
    synapses = Synapses(source, group, on_pre=on_pre)
    synapses.connect()
    spikes = SpikeMonitor(group)
    Network(source, group, synapses, spikes).run(200 * ms)
    assert spikes.num_spikes == 2
    assert np.all((spikes.t - [10, 110] * ms) / ms < 15)


def test_current_has_the_unit_of_a_current():
    model = adaptive_exponential(tau_syn=5 * ms)
    group = NeuronGroup(1, **model.group_arguments())
    group.I_syn = 1 * nA
    assert group.I[0] == 1 * nA
