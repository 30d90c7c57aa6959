"""Neurons with a dendrite: what it does to the soma, and what it does not."""

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
    second,
)

from brian2_l2l.models import gating_dendrite, two_compartment


def test_current_into_the_dendrite_settles_where_the_equations_say():
    model = two_compartment(v_threshold=1, v_reset=0, v_rest=0, input="0.5")
    group = model.initialise(NeuronGroup(1, **model.group_arguments()))
    Network(group).run(1 * second)
    # 0 = -v + (u - v) and 0 = -u + 0.5 (v - u) + 0.5
    assert group.u[0] == pytest.approx(0.4, rel=1e-6)
    assert group.v[0] == pytest.approx(0.2, rel=1e-6)


@pytest.mark.parametrize("coupling, spikes_expected", [(1.0, True), (0.0, False)])
def test_soma_spikes_only_if_it_is_coupled(coupling, spikes_expected):
    model = two_compartment(coupling_soma=coupling, input="45*mV")
    group = model.initialise(NeuronGroup(1, **model.group_arguments()))
    spikes = SpikeMonitor(group, variables=["u"])
    Network(group, spikes).run(1 * second)
    assert (spikes.num_spikes > 5) == spikes_expected
    assert np.all(spikes.u > -55 * mV)


def test_synapses_reach_either_compartment():
    model = two_compartment(tau_syn=5 * ms)
    group = model.initialise(NeuronGroup(3, **model.group_arguments()))
    source = SpikeGeneratorGroup(1, [0], [0] * ms)
    synapses = [
        Synapses(source, group, on_pre=f"{target}_post += 1*mV") for target in ("v", "u", "I_syn")
    ]
    for neuron, synapse in enumerate(synapses):
        synapse.connect(i=0, j=neuron)
    states = StateMonitor(group, "v", record=True, when="end")
    Network(source, group, synapses, states).run(50 * ms)
    rise = states.v / mV + 60
    assert rise[0, 0] == pytest.approx(1)
    assert np.all(rise[1:, 0] == pytest.approx(0))
    assert np.all(np.argmax(rise, axis=1) == sorted(np.argmax(rise, axis=1)))
    assert np.all(rise.max(axis=1) > 0.01)


def test_gating_dendrite_leaves_the_soma_alone():
    model = gating_dendrite(input="110*mV")
    group = model.initialise(NeuronGroup(2, **model.group_arguments()))
    group.U = [0, 5]
    spikes = SpikeMonitor(group)
    Network(group, spikes).run(100 * ms)
    first, second_ = spikes.spike_trains().values()
    assert len(first) > 5
    np.testing.assert_array_equal(first, second_)
    assert group.U[0] == 0
    assert group.U[1] == pytest.approx(5 * np.exp(-100 / 5), rel=1e-9)


def test_gating_dendrite_is_refractory_after_a_spike():
    model = gating_dendrite(input="1000*mV")
    group = model.initialise(NeuronGroup(1, **model.group_arguments()))
    spikes = SpikeMonitor(group)
    Network(group, spikes).run(100 * ms)
    assert len(spikes.t) > 10
    assert np.all(np.diff(spikes.t) > 3.85 * ms)


def test_gating_dendrite_moves_with_its_synapses_only():
    model = gating_dendrite(v_threshold=1)
    group = model.initialise(NeuronGroup(1, **model.group_arguments()))
    source = SpikeGeneratorGroup(1, [0, 0], [1, 3] * ms)
    synapses = Synapses(source, group, on_pre="U_post += 2")
    synapses.connect()
    states = StateMonitor(group, ["U", "v", "I_syn"], record=0, when="end")
    Network(source, group, synapses, states).run(5 * ms)
    at = np.round(states.t / (0.1 * ms)).astype(int)
    expected = 2 * (at >= 10) * np.exp(-(at - 10) / 50) + 2 * (at >= 30) * np.exp(-(at - 30) / 50)
    np.testing.assert_allclose(states.U[0], expected, rtol=1e-9)
    assert np.all(states.v == 0) and np.all(states.I_syn == 0)
