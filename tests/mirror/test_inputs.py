"""Inputs and start values per trial, and what is said of bad ones."""

import numpy as np
import pytest
import torch
from brian2 import (
    Hz,
    Network,
    NeuronGroup,
    PoissonGroup,
    StateMonitor,
    TimedArray,
    ms,
    mV,
    second,
)

import brian2_l2l as l2l
from brian2_l2l.errors import MirrorError
from tests.mirror.networks import DURATION, STEPS, make_inputs, make_network


@pytest.fixture
def made(rng):
    return make_network(rng, random_source=False)


@pytest.fixture
def mirror(made):
    return l2l.mirror(made.net, fidelity="conformance", batch_size=2)


def test_given_spikes_are_those_of_the_source(made, mirror, seed):
    inputs = make_inputs(made, torch, torch.Generator().manual_seed(seed), batch=3)
    record = mirror.run(DURATION, inputs=inputs, record=[(made.source, "spikes")])
    assert float(inputs[made.source].sum()) > 50
    assert torch.equal(record["source", "spikes"], inputs[made.source].double())


def test_each_trial_is_the_brian2_run_with_its_inputs(made, mirror, seed):
    inputs = make_inputs(made, torch, torch.Generator().manual_seed(seed), batch=3)
    record = mirror.run(DURATION, inputs=inputs, record=[("neurons", "v")])
    made.net.store()
    for trial in range(3):
        made.net.restore()
        times, neurons = inputs[made.source][:, trial].nonzero(as_tuple=True)
        made.source.set_spikes(neurons.numpy(), times.numpy() * 0.1 * ms)
        made.drive.values[:] = inputs[made.drive][:, trial].numpy()
        made.net.run(DURATION)
        assert made.spikes.num_spikes > 3
        values = record["neurons", "v"][:, trial].numpy()
        np.testing.assert_array_equal(values.T, made.states.v)


def test_parameters_and_rates_over_time(made, mirror, rng):
    offset = torch.as_tensor(rng.random((STEPS, 4, 6)))
    record = mirror.run(
        DURATION,
        inputs={("neurons", "offset"): offset},
        record=[("neurons", "offset"), ("neurons", "spikes", "sum")],
    )
    assert torch.equal(record["neurons", "offset"], offset)
    without = mirror.run(DURATION, record=[("neurons", "spikes", "sum")])
    assert float(record["neurons", "spikes", "sum"].mean()) > float(
        without["neurons", "spikes", "sum"].mean()
    )

    noise = PoissonGroup(50, rates=np.zeros(50) * Hz, name="noise")
    rates = torch.zeros(100, 2, 50)
    rates[50:, 1] = 500
    spikes = l2l.mirror(Network(noise)).run(
        10 * ms, inputs={(noise, "rates"): rates}, record=[(noise, "spikes")], seed=1
    )[noise, "spikes"]
    assert float(spikes[:50].sum() + spikes[:, 0].sum()) == 0
    # 50 neurons at 500 Hz for 5 ms: 125 spikes, give or take 6 standard deviations.
    assert 60 < float(spikes[50:, 1].sum()) < 190


def test_a_one_dimensional_timed_array(rng):
    drive = TimedArray(np.zeros(10), dt=1 * ms, name="drive")
    group = NeuronGroup(
        2, "dv/dt = (drive(t) - v)/ms : 1", method="exact", namespace={"drive": drive}, name="G"
    )
    values = torch.as_tensor(rng.random((10, 3, 1)))
    monitor = StateMonitor(group, "v", record=True, when="end")
    net = Network(group, monitor)
    mirror = l2l.mirror(net, fidelity="conformance")
    record = mirror.run(10 * ms, inputs={"drive": values}, record=[("G", "v")])
    net.store()
    for trial in range(3):
        net.restore()
        drive.values[:] = values[:, trial, 0]
        net.run(10 * ms)
        np.testing.assert_array_equal(record["G", "v"][:, trial].numpy().T, monitor.v)


def test_parameters_and_start_values_per_trial(made, mirror, rng):
    tau = torch.as_tensor(rng.uniform(4e-3, 12e-3, (3, 6)))
    weights = torch.as_tensor(rng.random((3, len(made.S))))
    start = torch.as_tensor(rng.random((3, 6)))
    keys = [("neurons", "v")]
    initial = {("neurons", "tau"): tau, (made.S, "w"): weights, (made.neurons, "v"): start}
    many = mirror.run(DURATION, initial=initial, record=keys)[keys[0]]
    close = l2l.mirror(made.net, dtype=torch.float64)
    torch.testing.assert_close(close.run(DURATION, initial=initial, record=keys)[keys[0]], many)
    for trial in range(3):
        made.neurons.tau, made.S.w = tau[trial].numpy() * second, weights[trial].numpy()
        made.neurons.v = start[trial].numpy()
        expected = l2l.mirror(made.net, fidelity="conformance").run(DURATION, record=keys)
        torch.testing.assert_close(many[:, trial : trial + 1], expected[keys[0]], rtol=0, atol=0)


def test_gradients_reach_the_inputs(made):
    mirror = l2l.mirror(made.net, dtype=torch.float64)
    drive = torch.rand(30, 2, 6, dtype=torch.float64, requires_grad=True)
    source = torch.rand(STEPS, 2, 8, dtype=torch.float64).lt(0.05).double().requires_grad_()
    inputs = {made.drive: drive, made.source: source}
    mirror.run(DURATION, inputs=inputs, record=[("neurons", "v")])["neurons", "v"].sum().backward()
    for given in inputs.values():
        assert bool(torch.isfinite(given.grad).all()) and float(given.grad.abs().sum()) > 0


def test_a_quantity_is_taken_with_its_units():
    group = NeuronGroup(2, "dv/dt = -v/(5*ms) : volt", method="exact", name="G")
    mirror = l2l.mirror(Network(group), fidelity="conformance")
    record = mirror.run(1 * ms, initial={("G", "v"): 3 * mV}, record=[("G", "v")])
    assert float(record["G", "v"][0, 0, 0]) == float(3 * mV) * np.exp(-0.1 / 5)


NAN = torch.zeros(STEPS, 1, 8)
NAN[7, 0, 3] = float("nan")


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"sorce": torch.zeros(STEPS, 1, 8)}, "'sorce'.*Did you mean 'source'"),
        ({"neurons": torch.zeros(STEPS, 1, 6)}, "neither a SpikeGeneratorGroup"),
        ({"source": torch.zeros(STEPS, 8)}, r"\[time, batch, neuron\] = \[300, batch, 8\]"),
        ({"source": torch.zeros(STEPS, 1, 7)}, r"shape \[300, 1, 7\]"),
        ({"source": torch.zeros(STEPS - 1, 1, 8)}, "the run has 300 steps"),
        ({"source": NAN}, r"not finite, the first at index \[7, 0, 3\]"),
        ({"source": 0.5 * torch.ones(STEPS, 1, 8)}, "other than 0 and 1"),
        ({"source": "spikes"}, "no tensor of numbers"),
        ({"drive": torch.zeros(30, 1, 5)}, r"\[row, batch, 6\]"),
        ({"drive": float("inf") * torch.ones(30, 1, 6)}, "not finite"),
        (
            {"source": torch.zeros(STEPS, 1, 8), "drive": torch.zeros(30, 2, 6)},
            "2 trials and The input 'source' has 1",
        ),
        ({("neurons", "v"): torch.zeros(STEPS, 1, 6)}, "not a parameter"),
        ({("neurons", "B"): torch.zeros(STEPS, 1, 6)}, "not a parameter"),
        ({("neurons", "ofset"): torch.zeros(STEPS, 1, 6)}, "Did you mean 'offset'"),
        ({("neurons", "tau", 1): torch.zeros(STEPS, 1, 6)}, "as the key"),
    ],
    ids=range(15),
)
def test_bad_inputs_are_named(mirror, inputs, message):
    with pytest.raises(MirrorError, match=message):
        mirror.run(DURATION, inputs=inputs)


@pytest.mark.parametrize(
    ("initial", "message"),
    [
        ({("neurons", "v"): torch.zeros(5)}, r"shape \[5\].*\[batch, 6\] or \[6\]"),
        ({("neurons", "v"): 3 * mV}, "and must be in"),
        ({("neurons", "v"): torch.full((6,), float("nan"))}, "not finite"),
        ({("neurons", "B"): 1.0}, "is not stored"),
        ({("S", "delay"): 1.0}, "has no variable 'delay'|how the network is built"),
        ({"neurons": 1.0}, "as the key"),
        ({("neurons", "t"): 1.0}, "time of a clock"),
    ],
    ids=range(7),
)
def test_bad_start_values_are_named(mirror, initial, message):
    with pytest.raises(MirrorError, match=message):
        mirror.run(DURATION, initial=initial)


def test_a_timed_array_of_another_network_is_named(mirror):
    with pytest.raises(MirrorError, match="does not use this TimedArray. It uses: drive"):
        mirror.run(DURATION, inputs={TimedArray([1, 2], dt=1 * ms): torch.zeros(2, 1, 1)})
