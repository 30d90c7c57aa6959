"""What all models have in common: they can be printed, changed, and checked at the door."""

import numpy as np
import pytest
from brian2 import (
    DimensionMismatchError,
    Network,
    NeuronGroup,
    SpikeMonitor,
    TimedArray,
    defaultclock,
    ms,
    mV,
    nA,
    second,
    volt,
)

from brian2_l2l import models


def rate_of(model, duration=1 * second, neurons=5, namespace=None):
    group = model.initialise(NeuronGroup(neurons, **model.group_arguments()))
    spikes = SpikeMonitor(group)
    Network(group, spikes).run(duration, namespace=namespace or {})
    return spikes.num_spikes / neurons / float(duration)


SPIKING = {
    "lif": lambda: models.lif(input="20*mV"),
    "lif without unit": lambda: models.lif(
        v_threshold=1, v_reset=0, v_rest=0, tau_syn=5 * ms, input="1.5"
    ),
    "adaptive_lif": lambda: models.adaptive_lif(input="0.015"),
    "adaptive_lif in volts": lambda: models.adaptive_lif(
        v_threshold=10 * mV, beta=100 * mV, input="20*mV"
    ),
    "adaptive_lif, paper": lambda: models.adaptive_lif(input="0.015", order="paper"),
    "adaptive_exponential": lambda: models.adaptive_exponential(input="0.8*nA"),
    "two_compartment": lambda: models.two_compartment(input="26.5*mV"),
    "gating_dendrite": lambda: models.gating_dendrite(input="100.1*mV", refractory=20 * ms),
}


@pytest.mark.parametrize("make", SPIKING.values(), ids=SPIKING.keys())
def test_spikes_with_constant_input(make):
    assert 5 < rate_of(make()) < 80


def test_is_silent_without_input():
    assert rate_of(models.lif()) == 0


def test_print_shows_every_part():
    text = str(models.lif(tau_syn=5 * ms))
    assert "dv/dt = (v_rest - v + I)/tau_m" in text
    assert "threshold: v > v_threshold" in text
    assert "reset: v = v_reset" in text
    assert "tau_syn = 5. ms" in text


def test_changed_threshold_is_used():
    model = models.lif(input="20*mV")
    harder = model.with_(threshold="v > v_threshold + 8*mV")
    assert rate_of(model) > rate_of(harder) > 0


def test_changed_namespace_keeps_the_other_parameters():
    model = models.lif(input="20*mV")
    faster = model.with_(namespace={"tau_m": 5 * ms})
    assert set(faster.namespace) == set(model.namespace)
    assert rate_of(faster) > rate_of(model)
    assert model.namespace["tau_m"] == 20 * ms


def test_changed_equations_and_events_make_a_group():
    model = models.leaky_readout()
    model = model.with_(
        equations=f"{model.equations}\nlimit : 1 (constant)", events={"high": "y > limit"}
    )
    group = NeuronGroup(3, **model.group_arguments())
    group.limit = [1, 2, 3]
    assert "high" in group.events


def test_unknown_part_is_refused_with_a_suggestion():
    with pytest.raises(TypeError, match="no part 'treshold'. Did you mean 'threshold'?"):
        models.lif().with_(treshold="v > 1")


def test_input_takes_a_timed_array_from_the_namespace_of_the_run():
    stimulus = TimedArray(np.array([[0.0, 20.0]] * 10) * mV, dt=100 * ms)
    model = models.lif(input="stimulus(t, i)", per_neuron="tau_m")
    group = model.initialise(NeuronGroup(2, **model.group_arguments()))
    spikes = SpikeMonitor(group)
    Network(group, spikes).run(1 * second, namespace={"stimulus": stimulus})
    assert spikes.count[0] == 0
    assert spikes.count[1] > 5


def test_parameter_of_single_neurons():
    model = models.lif(input="20*mV", per_neuron=["tau_m", "v_threshold"])
    assert not {"tau_m", "v_threshold"} & set(model.namespace)
    group = model.initialise(NeuronGroup(3, **model.group_arguments()))
    assert np.all(group.tau_m == 20 * ms)
    assert np.all(group.v_threshold == -50 * mV)
    group.tau_m = [10, 20, 40] * ms
    spikes = SpikeMonitor(group)
    Network(group, spikes).run(1 * second)
    assert spikes.count[0] > spikes.count[1] > spikes.count[2] > 0


WRONG_UNITS = {
    "time constant": lambda: models.lif(tau_m=20),
    "threshold": lambda: models.lif(v_threshold=1 * nA, v_reset=0 * nA, v_rest=0 * nA),
    "mixed potentials": lambda: models.lif(v_threshold=1),
    "beta": lambda: models.adaptive_lif(beta=1.8 * mV),
    "current": lambda: models.adaptive_exponential(b=1 * mV),
    "coupling": lambda: models.two_compartment(coupling_soma=1 * volt),
    "dendrite": lambda: models.gating_dendrite(tau_dendrite=5 * mV),
    "readout": lambda: models.leaky_readout(tau_out=1),
}


@pytest.mark.parametrize("make", WRONG_UNITS.values(), ids=WRONG_UNITS.keys())
def test_wrong_units_are_refused(make):
    with pytest.raises(DimensionMismatchError):
        make()


def test_mixed_potentials_are_named():
    with pytest.raises(DimensionMismatchError, match="v_reset and v_threshold must have the same"):
        models.lif(v_threshold=1)


WRONG_VALUES = {
    "tau_m is 0. s; a time constant must be positive": lambda: models.lif(tau_m=0 * ms),
    "tau_m and tau_syn are both 5. ms": lambda: models.lif(tau_m=5 * ms, tau_syn=5 * ms),
    "no parameter 'tau'. Did you mean 'tau_": lambda: models.lif(per_neuron="tau"),
    "order is 'papers'; write 'brian2' or 'paper'": lambda: models.adaptive_lif(order="papers"),
    "refractory is 0 ms": lambda: models.adaptive_lif(order="paper", refractory=0 * ms),
}


@pytest.mark.parametrize("message", WRONG_VALUES)
def test_wrong_values_are_refused(message):
    with pytest.raises(ValueError, match=message):
        WRONG_VALUES[message]()


def test_input_that_is_no_string_is_refused():
    stimulus = TimedArray([0, 1], dt=defaultclock.dt)
    with pytest.raises(TypeError, match="write an expression as a string, such as 'stimulus"):
        models.adaptive_lif(input=stimulus, order="paper")
