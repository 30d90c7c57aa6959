"""The example of random backpropagation: its network learns, and its figure is drawn."""

from pathlib import Path

import matplotlib
import numpy as np
import pytest
from brian2 import defaultclock, ms

from brian2_l2l.tasks import load_mnist
from brian2_l2l_plugins.scripts import load_script
from tests.mnist import write_small

PATH = Path(__file__).parents[2] / "examples/frompapers/Neftci_et_al_2017.py"


@pytest.fixture
def example():
    matplotlib.use("Agg")
    script = load_script(PATH, ("make_presenter", "build_network", "show"))
    defaultclock.dt = 1 * ms
    return script


def test_digits_change_all_weights(example, rng, tmp_path, monkeypatch):
    write_small(tmp_path, rng, monkeypatch, train=4, test=2)
    digits = load_mnist(tmp_path)
    presenter = example.make_presenter(0, chunk=2, hidden=(12, 8), noise=True)
    history = presenter.train(digits.pixels, digits.labels, report=None)
    assert [row["samples"] for row in history] == [2, 4]
    assert [values.size for values in presenter.values.values()] == [784 * 12, 96, 80]
    start = example.build_network(np.random.default_rng(0), (12, 8), noise=True)[2].layers
    for synapses in start:
        assert np.any(np.array(synapses.w) != presenter.values[f"{synapses.name}.w"])
    accuracy = presenter.accuracy(digits.pixels, digits.labels)
    example.show(history, presenter.values["erbp_layer_0.w"], [(4, 100 * (1 - accuracy))])


def test_the_gate_depends_on_the_number_of_layers(example):
    for hidden, gate in (((5,), 1.15), ((5, 4), 0.6)):
        net, output, circuit = example.build_network(np.random.default_rng(0), hidden)
        assert float(output.namespace["gate"]) == gate
        assert len(circuit.layers) == len(hidden) + 1
        assert not circuit.noise


def test_outputs_of_long_trainings_have_no_gate(example):
    net, output, _ = example.build_network(np.random.default_rng(0), (5,), **example.LONG)
    assert "gate" not in output.namespace
    assert "I_syn" not in str(output.equations["plasticity"].expr)
    assert float(net["hidden_0"].namespace["gate"]) == 4
    assert float(net["pixels"].namespace["highest_rate"]) == 400
