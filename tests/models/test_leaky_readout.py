"""The leaky integrator: a low-pass of spikes."""

import numpy as np
import pytest
from brian2 import (
    Network,
    NeuronGroup,
    SpikeGeneratorGroup,
    StateMonitor,
    Synapses,
    defaultclock,
    ms,
    mV,
    second,
    volt,
)

from brian2_l2l.models import leaky_readout


def test_is_the_low_pass_of_its_spikes(rng):
    defaultclock.dt = 1 * ms
    raster = rng.random((200, 20)) < 0.03
    weights = rng.normal(size=(20, 3))
    times, neurons = np.nonzero(raster)
    source = SpikeGeneratorGroup(20, neurons, times * ms)
    readout = NeuronGroup(3, **leaky_readout(tau_out=20 * ms).group_arguments())
    synapses = Synapses(source, readout, "w : 1", on_pre="y_post += w")
    synapses.connect()
    synapses.w = weights.flatten()
    states = StateMonitor(readout, "y", record=True, when="end")
    Network(source, readout, synapses, states).run(200 * ms)
    y, expected = np.zeros(3), []
    for spikes in raster:
        y = np.exp(-1 / 20) * y + spikes @ weights
        expected.append(y)
    np.testing.assert_allclose(states.y.T, expected, atol=1e-12)
    assert 5 < raster.mean() * 1000 < 50


def test_bias_is_where_it_settles():
    model = leaky_readout(unit=volt, bias=True)
    readout = NeuronGroup(2, **model.group_arguments())
    readout.bias = [-3, 5] * mV
    Network(readout).run(1 * second)
    np.testing.assert_allclose(readout.y / mV, [-3, 5])


def test_time_constant_of_single_neurons():
    model = leaky_readout(per_neuron="tau_out")
    readout = model.initialise(NeuronGroup(2, **model.group_arguments()))
    readout.tau_out = [10, 50] * ms
    readout.y = 1
    Network(readout).run(100 * ms)
    assert list(readout.y) == pytest.approx([np.exp(-10), np.exp(-2)])
