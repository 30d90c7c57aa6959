"""What a user may change: neurons with other names and units, the rule, and what is printed."""

import numpy as np
import pytest
from brian2 import Network, NeuronGroup, SpikeGeneratorGroup, SpikeMonitor, defaultclock, ms, volt
from brian2 import seed as brian_seed

from brian2_l2l.errors import RuleError
from brian2_l2l.rules import Quantisation
from brian2_l2l_plugins.erbp import erbp, erbp_neurons, erbp_rule
from brian2_l2l_plugins.erbp.neurons import error_neurons
from brian2_l2l_plugins.presentation import Presenter, Samples

#: An adaptive neuron that names its current J, in no unit.
OWN = """
dv/dt = (J - v - b)/(2*ms) : 1 (unless refractory)
db/dt = -b/(20*ms) : 1
dJ/dt = -J/(4*ms) : 1
dU/dt = -U/(5*ms) : 1
plasticity = 0.01*U*int(abs(J) < 2)*learning(t) : 1 (constant over dt)
"""
INPUTS, HIDDEN, CLASSES = 20, 40, 2


@pytest.fixture(autouse=True)
def time_step():
    defaultclock.dt = 1 * ms


def own(number, name):
    return NeuronGroup(
        number, OWN, threshold="v > 0.1", reset="v = 0; b += 0.01", refractory=4 * ms,
        method="euler", name=name,
    )  # fmt: skip


def source(number):
    return SpikeGeneratorGroup(number, [], [] * ms, name="source")


@pytest.mark.parametrize("transmission", [1, 0.65])
def test_neurons_of_the_user_learn_two_patterns(transmission, rng):
    samples = Samples(INPUTS, CLASSES, 20, sample=100 * ms, pause=20 * ms)
    pixels = NeuronGroup(INPUTS, "", threshold="rand() < 0.01 + 0.1*intensity(t, i)", name="pixels")
    layers = own(HIDDEN, "hidden"), own(CLASSES, "output")
    options = {"transmission": transmission, "current": "J", "random": rng}
    circuit = erbp(pixels, *layers, label="label(t)", learning="learning(t)", **options)
    assert len(circuit.noise) == (2 if transmission == 1 else 0)
    learned = [(layer, "w") for layer in circuit.layers]
    shown = Presenter(Network(pixels, layers, circuit.objects), samples, layers[1], learned)
    labels = rng.integers(CLASSES, size=80)
    values = (np.arange(INPUTS) % CLASSES == labels[:, None]).astype(float)
    history = shown.train(values, labels, report=None)
    assert history[-1]["accuracy"] > 0.9 and 1 < history[-1]["spikes"] < 20


def test_numbers_have_no_unit_where_the_current_has_none():
    model = erbp_neurons(v_threshold=0.1)
    assert model.namespace["learning_rate"] == 6e-4 and model.namespace["gate"] == 1.15
    group = NeuronGroup(3, **model.group_arguments())
    circuit = erbp(source(4), group, NeuronGroup(2, **model.group_arguments()), label="0")
    assert circuit.layers[0].variables["w"].dim.is_dimensionless


def test_the_rule_may_be_another():
    def doubled(target, **options):
        return erbp_rule(target, **options).with_(
            on_pre="I_syn_post += w\nw += 2*plasticity_post", namespace={"mine": 1 * volt}
        )

    layers = [NeuronGroup(n, **erbp_neurons().group_arguments()) for n in (3, 2)]
    circuit = erbp(source(4), *layers, label="0", rule=doubled)
    for synapses in circuit.layers:
        assert synapses.pre.code == "I_syn_post += w\nw += 2*plasticity_post"
        assert synapses.namespace["mine"] == 1 * volt


def test_a_circuit_prints_all_of_its_code():
    layers = [NeuronGroup(n, **erbp_neurons().group_arguments()) for n in (3, 2)]
    circuit = erbp(source(4), *layers, label="0", transmission=1)
    text = str(circuit)
    for obj in circuit.objects:
        assert f"{obj.name}" in text
    for part in (
        "erbp_layer_0, from source to ",
        "on pre: w += plasticity_post",
        "spike if E > error_threshold",
        "after spike: E -= error_threshold",
        "each step: E = clip(E, 0*volt, inf*volt)",
        "error_threshold = 100. mV",
        "on pre: U_post += g",
        "each step: I_syn += poissoninput_binomial",
    ):
        assert part in text


def test_a_range_in_another_unit_is_refused_before_anything_is_made():
    layers = [NeuronGroup(n, **erbp_neurons().group_arguments()) for n in (3, 2)]
    with pytest.raises(RuleError, match="'w' is in V, and its range for few bits"):
        erbp(source(4), *layers, label="0", quantisation=Quantisation(8, -1, 1))


def test_errors_do_not_fall_below_zero(seed):
    brian_seed(seed)
    neurons = error_neurons(1, "1")
    # What is too much comes first, and would hide what is missing later.
    neurons.run_regularly("E += (int(t > 49.5*ms)*2 - 1)*60*mV", dt=1 * ms, order=-1)
    monitor = SpikeMonitor(neurons)
    Network(neurons, monitor).run(100 * ms)
    assert monitor.t[0] < 53 * ms and monitor.count[0] == pytest.approx(0.6 * 50, abs=2)
