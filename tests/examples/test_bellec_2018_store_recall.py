"""The example of store-recall: what it trains answers alike in the mirror and in Brian2."""

from pathlib import Path

import matplotlib
import numpy as np
import pytest
import torch

from brian2_l2l.tasks import StoreRecallTask
from brian2_l2l_plugins.recipes.registry import Recipe
from brian2_l2l_plugins.scripts import load_script

PATH = Path(__file__).parents[2] / "examples/frompapers/Bellec_et_al_2018_store_recall.py"


@pytest.fixture
def example():
    matplotlib.use("Agg")
    return load_script(PATH, Recipe.NAMES)


def test_the_trained_network_answers_in_brian2_as_in_the_mirror(example):
    task = StoreRecallTask(trials=128, held_out=16, periods=4, probability=0.6)
    net = example.build_network(np.random.default_rng(0))
    before = np.array(net["S_rec"].w)
    mirror = example.make_mirror(net)
    result = example.learn(mirror, task, seed=0, iterations=2, report=None)
    assert result.iterations == 2 and not np.array_equal(net["S_rec"].w, before)
    batch, _ = example.run_trial(net, task, trial=1)
    key = ("readout", "y")
    record = mirror.run(task.duration, inputs=batch.inputs, record=[key, ("neurons", "spikes")])
    assert int(record["neurons", "spikes"][:, 1].sum()) == net["spikes"].num_spikes > 20
    outputs = torch.from_numpy(net["output"].y.T.copy())
    np.testing.assert_allclose(record[key][:, 1].detach(), outputs, atol=1e-3)
    example.show(net, task, batch, trial=1)
    assert len(example.plt.gcf().axes) == 4
    example.plt.close("all")


def test_without_adaptation_all_thresholds_are_constant(example):
    net = example.build_network(np.random.default_rng(0), adaptive=False)
    assert not np.any(net["neurons"].beta)
