"""The example of sequential MNIST: its network, and its answers in Brian2 and in the mirror."""

from pathlib import Path

import matplotlib
import numpy as np
import pytest
import torch

import brian2_l2l as l2l
from brian2_l2l.tasks import sequential_mnist
from brian2_l2l_plugins.recipes.registry import Recipe
from brian2_l2l_plugins.scripts import load_script
from tests.mnist import write_small

PATH = Path(__file__).parents[2] / "examples/frompapers/Bellec_et_al_2018_sequential_mnist.py"


@pytest.fixture
def example():
    matplotlib.use("Agg")
    return load_script(PATH, Recipe.NAMES)


def test_the_network_has_twelve_percent_of_the_weights_and_signs_by_neuron(example, rng):
    net = example.build_network(rng)
    number = sum(len(net[name]) for name in ("S_in", "S_rec", "S_out"))
    assert 8100 < number <= 0.12 * 68210 - 10
    assert not np.any(net["S_rec"].i[:] == net["S_rec"].j[:])
    for source, names in (("stimulus", ["S_in"]), ("neurons", ["S_rec", "S_out"])):
        signs = np.zeros((2, len(net[source])), bool)
        for name in names:
            signs[(net[name].w > 0).astype(int), net[name].i] = True
        assert not np.any(signs.all(axis=0))
        assert 0.55 < signs[1].sum() / signs.any(axis=0).sum() < 0.95
    assert np.count_nonzero(net["neurons"].beta) == 220
    assert not np.any(example.build_network(rng, adaptive=False)["neurons"].beta)


def test_the_dense_network_has_all_weights(example, rng):
    net = example.build_network(rng, dense=True)
    number = sum(len(net[name]) for name in ("S_in", "S_rec", "S_out"))
    assert number == 220 * (80 + 219 + 10) <= 68210 - 10
    assert 0.45 < np.mean(net["S_rec"].w[:] > 0) < 0.55


def test_brian2_answers_as_the_mirror(example, rng, tmp_path, monkeypatch):
    write_small(tmp_path, rng, monkeypatch, train=40, test=4)
    task = sequential_mnist(tmp_path, validation_size=10)
    net = example.build_network(rng)
    mirror = example.make_mirror(net, dtype=torch.float64)
    before = np.array(net["S_rec"].w)
    result = example.learn(mirror, task, 0, iterations=1, report=None)
    assert result.iterations == 1 and not np.array_equal(net["S_rec"].w[:100], before[:100])
    batch, answers, output, spikes = example.answer(net, task, 2)
    record = l2l.training.run_batch(mirror, task, batch, [("neurons", "spikes")])
    assert answers == task.outputs(record).argmax(-1).tolist()
    assert int(record["neurons", "spikes"][:, 1].sum()) == spikes.num_spikes > 100
    np.testing.assert_allclose(record[task.readout][:, 1].detach(), output.y.T, atol=1e-9)
    example.show(task, batch, answers, output, spikes)
    assert len(example.plt.gcf().axes) == 3
    example.plt.close("all")
