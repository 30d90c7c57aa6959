"""The leaky integrate-and-fire neuron against its solution on paper."""

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

from brian2_l2l.models import lif


@pytest.mark.parametrize("refractory", [0.1, 2, 7.3])
def test_interval_is_the_refractory_period_and_the_climb(refractory):
    model = lif(refractory=refractory * ms, input="20*mV")
    group = model.initialise(NeuronGroup(1, **model.group_arguments()))
    spikes = SpikeMonitor(group)
    Network(group, spikes).run(1 * second)
    climb = 20 * np.log(20 / (20 - 10))
    intervals = np.diff(spikes.t / ms)
    assert len(intervals) > 10
    # A spike waits for the end of its time step, and refractoriness ends with a step.
    np.testing.assert_allclose(intervals, climb + refractory, atol=0.2)


@pytest.mark.parametrize("tau_syn", [None, 5 * ms])
def test_one_spike_makes_the_potential_on_paper(tau_syn):
    model = lif(tau_m=20 * ms, tau_syn=tau_syn)
    group = model.initialise(NeuronGroup(1, **model.group_arguments()))
    source = SpikeGeneratorGroup(1, [0], [0] * ms)
    target = "v_post" if tau_syn is None else "I_syn_post"
    synapses = Synapses(source, group, on_pre=f"{target} += 8*mV")
    synapses.connect()
    potential = StateMonitor(group, "v", record=0, when="end")
    Network(source, group, synapses, potential).run(60 * ms)
    t = potential.t / ms
    slow, fast = np.exp(-t / 20), np.exp(-t / 5)
    rise = 8 * slow if tau_syn is None else 8 * 5 / (20 - 5) * (slow - fast)
    np.testing.assert_allclose(potential.v[0] / mV, -60 + rise, atol=1e-9)


def test_potential_stands_still_while_refractory():
    model = lif(refractory=5 * ms, input="30*mV")
    group = model.initialise(NeuronGroup(1, **model.group_arguments()))
    spikes = SpikeMonitor(group)
    potential = StateMonitor(group, "v", record=0, when="end")
    Network(group, spikes, potential).run(100 * ms)
    after = [(potential.t >= t) & (potential.t < t + 4.95 * ms) for t in spikes.t]
    assert len(after) > 3
    assert all(np.all(potential.v[0][steps] == -60 * mV) for steps in after)
