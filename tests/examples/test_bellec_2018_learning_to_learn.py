"""The example that learns functions: its network, and what Brian2 and the mirror predict."""

from pathlib import Path

import matplotlib
import numpy as np
import pytest
import torch

import brian2_l2l as l2l
from brian2_l2l.tasks import FunctionLearningTask, Sinusoids
from brian2_l2l_plugins.recipes.registry import Recipe
from brian2_l2l_plugins.scripts import load_script

PATH = Path(__file__).parents[2] / "examples/frompapers/Bellec_et_al_2018_learning_to_learn.py"


@pytest.fixture
def example():
    matplotlib.use("Agg")
    return load_script(PATH, Recipe.NAMES)


def test_half_of_the_neurons_adapt_with_different_time_constants(example, rng):
    net, other = example.build_network(rng), example.build_network(rng, adaptive=False)
    neurons = net["neurons"]
    adaptive, tau_a = neurons.beta[:] > 0, neurons.tau_a_[:]
    assert adaptive.sum() == len(neurons) / 2
    assert len(np.unique(tau_a[adaptive])) == adaptive.sum()
    assert not np.any(other["neurons"].beta)


def test_brian2_predicts_as_the_mirror(example, rng):
    task = FunctionLearningTask(Sinusoids(), examples=5)
    net = example.build_network(rng, inputs=task.inputs)
    mirror = example.make_mirror(net, dtype=torch.float64)
    before = np.array(net["S_rec"].w)
    result = example.learn(mirror, task, 0, iterations=2, report=None, evaluate=())
    assert result.iterations == 2 and not np.array_equal(net["S_rec"].w, before)
    batch = next(task.batches("test", 1))
    predictions, spikes = example.answer(net, task, batch)
    record = l2l.training.run_batch(mirror, task, batch, [("neurons", "spikes")])
    assert int(record["neurons", "spikes"].sum()) == spikes.num_spikes > 50
    np.testing.assert_allclose(task.predictions(record)[:, 0].detach(), predictions, atol=1e-9)
    example.show(task, mirror, batch, predictions, spikes)
    assert len(example.plt.gcf().axes) == 5
    example.plt.close("all")
