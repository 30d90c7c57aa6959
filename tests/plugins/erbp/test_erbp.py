"""The circuit of random backpropagation finds errors, sends them back, and learns."""

import numpy as np
import pytest
from brian2 import (
    Hz,
    Network,
    NeuronGroup,
    SpikeGeneratorGroup,
    SpikeMonitor,
    TimedArray,
    defaultclock,
    ms,
    mV,
    second,
    volt,
)
from brian2 import seed as brian_seed

from brian2_l2l.errors import RuleError
from brian2_l2l.rules import Quantisation
from brian2_l2l_plugins.erbp import (
    background_noise,
    erbp,
    erbp_neurons,
    erbp_rule,
    symmetric_feedback,
)
from brian2_l2l_plugins.erbp.neurons import error_neurons

CLASSES, INPUTS, HIDDEN = 2, 20, 40
SAMPLE = 100 * ms


@pytest.fixture(autouse=True)
def time_step():
    defaultclock.dt = 1 * ms


def cells(number, learning="1", **options):
    return NeuronGroup(number, **erbp_neurons(learning, **options).group_arguments())


def silent(number):
    return SpikeGeneratorGroup(number, [], [] * ms)


def circuit_of(hidden=HIDDEN, **options):
    """Return a circuit whose inputs never spike, with its layers."""
    layers = [silent(INPUTS), *(cells(n) for n in np.atleast_1d(hidden)), cells(CLASSES)]
    options = {"label": "1", "random": 1, **options}
    return erbp(layers[0], layers[1:-1], layers[-1], **options), layers


@pytest.mark.parametrize("threshold", [100, 200])
def test_what_is_missing_and_what_is_too_much_are_found(threshold):
    circuit, layers = circuit_of(error_threshold=threshold * mV)
    output = layers[-1]
    # Output 0 is made to spike, and label 1 does.
    output.I_syn = [10, 0] * volt
    monitor = SpikeMonitor(circuit.error)
    labels, outputs = SpikeMonitor(circuit.label), SpikeMonitor(output)
    Network(layers, circuit.objects, monitor, labels, outputs).run(200 * ms)
    assert dict(zip(*np.unique(labels.i, return_counts=True), strict=True)) == {1: 50}
    produced = int((np.asarray(outputs.i) == 0).sum())
    assert produced > 4
    found = np.bincount(monitor.i, minlength=4)
    # A spike adds 90 mV, and the threshold is a spike: the last one or two may be on their way.
    each = 90 / threshold
    assert found[1] == pytest.approx(each * 50, abs=2) and found[0] == found[3] == 0
    assert found[2] == pytest.approx(each * produced, abs=1)


def test_errors_are_forgotten_outside_of_the_window():
    switch = TimedArray([1.0, 0.0], dt=50 * ms)
    neurons = error_neurons(1, "switch(t)", namespace={"switch": switch})
    neurons.run_regularly("E += 30*mV", dt=1 * ms)
    monitor = SpikeMonitor(neurons)
    Network(neurons, monitor).run(100 * ms)
    assert 10 < monitor.count[0] < 17 and np.all(monitor.t < 52 * ms)


def test_feedback_adds_up_to_nothing(rng):
    circuit, _ = circuit_of(hidden=[HIDDEN, 9], random=rng)
    for synapses, size in zip(circuit.feedback[:-1], (HIDDEN, 9), strict=True):
        weights = np.zeros((2 * CLASSES, size))
        weights[np.array(synapses.i), np.array(synapses.j)] = np.array(synapses.g)
        np.testing.assert_allclose(weights[:CLASSES].sum(axis=0), 0, atol=1e-12)
        np.testing.assert_array_equal(weights[:CLASSES], -weights[CLASSES:])
        assert weights.std() > 0.1
    last = circuit.feedback[-1]
    assert [*zip(last.i, last.j, last.g, strict=True)] == [
        (0, 0, 0.09), (1, 1, 0.09), (2, 0, -0.09), (3, 1, -0.09)
    ]  # fmt: skip


def test_symmetric_feedback_is_the_way_to_the_output(rng):
    circuit, _ = circuit_of(hidden=[HIDDEN, 9], random=rng)
    values = dict(circuit.start)
    for synapses in circuit.layers:
        np.testing.assert_array_equal(values[f"{synapses.name}.w"], np.array(synapses.w))
    symmetric_feedback(circuit)(values)
    last = values["erbp_layer_2.w"].reshape(9, CLASSES)
    first = values["erbp_layer_1.w"].reshape(HIDDEN, 9) @ last
    for k, way in enumerate((first, last)):
        synapses = circuit.feedback[k]
        found = np.zeros((2 * CLASSES, len(way)))
        found[np.array(synapses.i), np.array(synapses.j)] = values[f"erbp_feedback_{k}.g"]
        np.testing.assert_array_equal(found, np.concatenate([way.T, -way.T]))
    assert "erbp_feedback_2.g" not in values


@pytest.mark.parametrize(
    "current, changed, gate",
    [
        (0.5, True, {}),
        (-0.5, True, {}),
        (2, False, {}),
        (-2, False, {}),
        (2, True, {"gate": 3 * volt}),
        (2, True, {"gate": None}),
    ],
)
def test_a_synapse_learns_while_the_gate_is_open(current, changed, gate):
    source = SpikeGeneratorGroup(1, [0], [5] * ms)
    slow = {"tau_syn": 1e6 * second, "tau_dendrite": 1e6 * second}
    target = cells(1, v_threshold=100 * volt, **slow, **gate)
    synapses = erbp_rule(target, transmission=1).synapses(source, target)
    synapses.connect()
    target.I_syn, target.U, synapses.w = current * volt, 0.3, 10 * mV
    Network(source, target, synapses).run(10 * ms)
    assert synapses.w[0] / mV == pytest.approx(10 + 0.3 * 0.6 * changed, rel=1e-5)
    assert target.I_syn[0] / volt == pytest.approx(current + 0.01, rel=1e-6)


def test_a_blank_neither_acts_nor_learns(seed):
    brian_seed(seed)
    source = SpikeGeneratorGroup(1, [0], [1] * ms)
    target = cells(400, v_threshold=100 * volt, tau_syn=1e6 * second)
    synapses = erbp_rule(target, transmission=0.65).synapses(source, target)
    synapses.connect()
    target.U, synapses.w = 1, 1 * volt
    Network(source, target, synapses).run(5 * ms)
    active = np.asarray(target.I_syn) > 0.5
    assert 0.5 < active.mean() < 0.8
    np.testing.assert_array_equal(np.asarray(synapses.w) > 1, active)


def pattern_task(samples, rng):
    """Return the class of each sample, and the spikes of two patterns of input rates."""
    label = rng.integers(CLASSES, size=samples)
    rates = np.where(np.arange(INPUTS) // (INPUTS // CLASSES) == label[:, None], 120, 10)
    steps = round(float(SAMPLE / ms))
    spikes = rng.random((samples, steps, INPUTS)) < rates[:, None] * 1e-3
    sample, step, channel = spikes.nonzero()
    return label, channel, sample * steps + step


def learn(samples, rng, until, quantisation=None):
    """Return the circuit, its first weights, and labels and answers of the last third."""
    label, channel, step = pattern_task(samples, rng)
    names = {
        "label": TimedArray(label.astype(float), dt=SAMPLE),
        "learning": TimedArray((np.arange(samples) < until).astype(float), dt=SAMPLE),
    }
    source = SpikeGeneratorGroup(INPUTS, channel, step * ms)
    # A narrower gate leaves some outputs as they are at the start, whatever the error.
    learned = {"rate": 1e-2 * volt, "gate": 3 * volt}
    hidden, output = (cells(n, "learning(t)", **learned) for n in (HIDDEN, CLASSES))
    circuit = erbp(
        source,
        hidden,
        output,
        label="label(t)",
        learning="learning(t)",
        transmission=1,
        quantisation=quantisation,
        random=rng,
    )
    before = [np.array(layer.w) for layer in circuit.layers]
    spikes, active = SpikeMonitor(output), SpikeMonitor(hidden, record=False)
    net = Network(source, hidden, output, circuit.objects, spikes, active)
    net.run(samples * SAMPLE, namespace=names)
    assert active.num_spikes > 0, "no spike comes to the output"
    counts = np.zeros((samples, CLASSES))
    np.add.at(counts, ((np.asarray(spikes.t) / float(SAMPLE)).astype(int), spikes.i), 1)
    last = slice(samples - samples // 3, None)
    return circuit, before, label[last], counts[last]


def test_patterns_are_learned_with_background_noise(rng, seed):
    brian_seed(seed)
    circuit, before, label, counts = learn(90, rng, until=60)
    assert counts.any(axis=1).all()
    # The right one may fire as fast as it can, but not all of them.
    assert counts.mean() < 0.8 * float(SAMPLE / (4 * ms))
    assert np.mean(counts.argmax(axis=1) == label) > 0.9
    assert len(circuit.noise) == 2
    changed = [np.mean(np.array(s.w) != w) for s, w in zip(circuit.layers, before, strict=True)]
    assert min(changed) > 0.5


def test_nothing_is_learned_outside_of_the_window(rng, seed):
    brian_seed(seed)
    circuit, before, *_ = learn(6, rng, until=0)
    for synapses, weights in zip(circuit.layers, before, strict=True):
        np.testing.assert_array_equal(np.array(synapses.w), weights)


def test_weights_of_few_bits_stay_so(rng, seed):
    brian_seed(seed)
    quantisations = Quantisation(6, -1 * volt, 1 * volt), Quantisation(5, -2 * volt, 2 * volt)
    circuit, before, *_ = learn(9, rng, until=9, quantisation=quantisations)
    for synapses, weights, few in zip(circuit.layers, before, quantisations, strict=True):
        values = float(few.low) + float(few.step) * np.arange(2**few.bits)
        assert set(np.array(synapses.w)) <= set(values)
        assert np.any(np.array(synapses.w) != weights)


def test_all_layers_have_the_same_bits_unless_each_is_given_its_own():
    few = Quantisation(3, -1 * volt, 1 * volt)
    layers = cells(3), cells(2)
    circuit = erbp(silent(4), *layers, label="0", quantisation=few, random=1)
    for synapses in circuit.layers:
        steps = (np.array(synapses.w) + 1) / float(few.step)
        np.testing.assert_array_equal(steps, np.rint(steps))
    with pytest.raises(RuleError, match="1 entries for 2 layers of synapses"):
        erbp(silent(4), *layers, label="0", quantisation=[few])


def test_layers_that_do_not_fit_are_refused():
    layers = cells(3), cells(2)
    plain = NeuronGroup(3, "I_syn : volt", name="plain")
    with pytest.raises(RuleError, match="'plain' the variable 'plasticity'"):
        erbp(silent(4), plain, layers[1], label="0", transmission=1)
    other = NeuronGroup(3, "I_syn : volt\nplasticity : volt", name="other")
    with pytest.raises(RuleError, match="'other' has no dendrite 'U'"):
        erbp(silent(4), other, layers[1], label="0")
    with pytest.raises(RuleError, match="transmission=0 must be above 0"):
        erbp(silent(4), *layers, label="0", transmission=0)


def test_noise_has_its_rate(seed):
    brian_seed(seed)
    group = cells(500, v_threshold=100 * volt)
    Network(group, background_noise(group, 400 * Hz, 1 * mV)).run(100 * ms)
    # The current follows the noise with a time constant of 4 ms, and gets it at the end of a step.
    mean = np.asarray(group.I_syn).mean()
    step = float(defaultclock.dt)
    expected = 400 * 1e-3 * step / (1 - np.exp(-step / 4e-3))
    # Six standard errors of 500 neurons.
    assert mean == pytest.approx(expected, rel=0.15)
