"""The GSL's methods: close to other methods on the device and in a mirror, with gradients."""

import numpy as np
import pytest
from brian2 import (
    BrianObjectException,
    DimensionMismatchError,
    Network,
    NeuronGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    ms,
    mV,
    set_device,
)

import brian2_l2l as l2l
from brian2_l2l.errors import UnsupportedModelError
from tests.claims.gradients import assert_gradient

EQUATIONS = """
dv/dt = (E - v + 2*mV*exp((v + 52*mV)/(3*mV)) + I)/tau : volt (unless refractory)
dI/dt = -I/(3*ms) : volt
tau : second (constant)
E : volt (constant)
"""


def make_network(method, rng, **options):
    group = NeuronGroup(
        4,
        EQUATIONS,
        threshold="v > -48*mV",
        reset="v = -60*mV; I += 1*mV",
        refractory=1 * ms,
        method=method,
        method_options=options or None,
        name="target",
    )
    group.v, group.tau, group.E = "-60*mV + i*mV", "(3 + 0.5*i)*ms", -42 * mV
    synapses = Synapses(group, group, "w : volt", on_pre="I_post += w", name="S")
    synapses.connect(condition="i != j")
    synapses.w = rng.uniform(0.1, 0.5, len(synapses)) * mV
    spikes = SpikeMonitor(group)
    states = StateMonitor(group, ["v", "I"], record=True, when="end")
    return Network(group, synapses, spikes, states), group, synapses, spikes, states


@pytest.mark.parametrize("method", ["gsl", "gsl_rk2", "gsl_rk4", "gsl_rkf45", "gsl_rkck"])
def test_a_method_on_the_device_is_close_to_small_steps_of_another(method):
    results = {}
    for name, device in ((method, "torch"), ("rk4", "runtime")):
        set_device(device)
        net, _, _, spikes, states = make_network(name, np.random.default_rng(3))
        net.run(20 * ms)
        # Copies: the memory of a monitor goes with its network.
        results[name] = [np.array(values) for values in (spikes.i, spikes.t, states.v / mV)]
    found, expected = results[method], results["rk4"]
    assert 8 < len(found[0]) < 100
    np.testing.assert_array_equal(found[0], expected[0])
    np.testing.assert_array_equal(found[1], expected[1])
    np.testing.assert_allclose(found[2], expected[2], atol=0.02)


def test_a_mirror_gives_the_values_of_the_device(rng):
    set_device("torch")
    net, group, _, spikes, states = make_network("gsl_rkf45", rng)
    mirror = l2l.mirror(net, fidelity="conformance", batch_size=3)
    record = mirror.run(20 * ms, record=[(group, "v"), (group, "spikes", "sum")])
    net.run(20 * ms)
    assert spikes.num_spikes > 8
    for trial in range(3):
        np.testing.assert_array_equal(record[group, "v"][:, trial].numpy().T, np.asarray(states.v))
        np.testing.assert_array_equal(record[group, "spikes", "sum"][trial], spikes.count)


@pytest.mark.parametrize("method", ["gsl_rk2", "gsl_rkf45"])
def test_gradients(method, rng):
    # With the steps fixed, and not chosen by the error, the solution is smooth in the parameters.
    options = {"adaptable_timestep": False, "absolute_error": 1.0}
    set_device("torch")
    net, group, synapses, *_ = make_network(method, rng, **options)
    trainable = [(group, "tau"), (synapses, "w"), l2l.Trainable(group, "v", initial=True)]
    assert_gradient(net, trainable, (group, "v"), rng)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"absolute_error": "small"}, TypeError, "must be a float"),
        ({"absolute_error_per_variable": 1e-6}, TypeError, "None or a dictionary"),
        ({"absolute_error_per_variable": {"x": 1e-6}}, KeyError, "which is not integrated"),
        ({"absolute_error_per_variable": {"v": 1e-6}}, DimensionMismatchError, "wrong units"),
        ({"absolute_error": 1e-14, "max_steps": 2}, RuntimeError, "2 steps are not enough"),
    ],
    ids=range(5),
)
def test_bad_options_are_named(options, error, message, rng):
    set_device("torch")
    net = make_network("gsl", rng, **options)[0]
    with pytest.raises((BrianObjectException, error)) as caught:
        net.run(1 * ms)
    cause = caught.value.__cause__ or caught.value
    assert isinstance(cause, error) and message in str(cause)


@pytest.mark.parametrize("choice", ["gsl_rk8pd", "save_step_count"])
def test_what_the_mirror_does_not_have_is_refused(choice, rng):
    method = choice if choice.startswith("gsl") else "gsl"
    options = {} if choice == method else {choice: True}
    net = make_network(method, rng, **options)[0]
    with pytest.raises(UnsupportedModelError, match=f"(?s)target.*{choice}.*test_gsl.py"):
        l2l.mirror(net)
