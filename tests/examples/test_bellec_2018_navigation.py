"""The example of navigation: it trains, walks in Brian2, and is drawn; and it can be asked for."""

import dataclasses
import json
from pathlib import Path

import matplotlib
import numpy as np
import pytest
import torch
from brian2 import SpikeMonitor, ms

from brian2_l2l import cli
from brian2_l2l.tasks import NavigationTask
from brian2_l2l.training import read_words
from brian2_l2l_plugins.recipes.registry import RECIPES, Recipe
from brian2_l2l_plugins.scripts import load_script

PATH = Path(__file__).parents[2] / "examples/frompapers/Bellec_et_al_2018_navigation.py"


@pytest.fixture
def example():
    matplotlib.use("Agg")
    return load_script(PATH, Recipe.NAMES)


def small_task(folder=None):
    return NavigationTask(steps=8, trials=256, held_out=8)


def test_the_trained_network_walks_in_brian2_and_is_drawn(example, capsys):
    task = small_task()
    net = example.build_network(np.random.default_rng(0))
    before = np.array(net["S_rec"].w)
    mirror = example.make_mirror(net)
    result = example.learn(mirror, task, seed=0, iterations=2, report=None)
    assert result.iterations == 2 and not np.array_equal(net["S_rec"].w, before)
    assert 2 < result.history[-1]["rate_neurons"] < 100
    spikes = SpikeMonitor(net["neurons"])
    net.add(spikes)
    batch = next(task.batches("test", 8))
    path = example.walk(net, task, batch.targets.places[0])
    assert len(path.positions) == task.steps + 1 and spikes.num_spikes > 20
    moved = path.positions.diff(dim=0).norm(dim=-1)
    torch.testing.assert_close(moved, torch.full_like(moved, task.arena.step))
    example.show(example.compare(mirror, task), "eight goals")
    lines = capsys.readouterr().out.splitlines()
    goals = [float(line.split("goals ")[1].split()[0]) for line in lines]
    assert len(lines) == 3 and goals[2] > max(goals[:2])
    assert len(example.plt.gcf().axes) == 8
    example.plt.close("all")


def test_brian2_decides_as_the_mirror_does_with_the_same_inputs(example):
    """The same spikes in place of the Poisson group's own give the same readouts."""
    task = small_task()
    net = example.build_network(np.random.default_rng(1))
    mirror = example.make_mirror(net, dtype=torch.float64)
    episodes = task.run(mirror, next(task.batches("test", 1)))
    (spikes,) = episodes.inputs.values()
    seen, group = [], net["stimulus"]

    def play():
        # A rate of one spike per time step, or none.
        group.rates = spikes[len(seen), 0].numpy() / ms
        seen.append(np.array(net["readout"].y))

    net.add(example.NetworkOperation(play, when="start"))
    net.run(task.duration)
    readouts = np.array([*seen[1:], net["readout"].y])[
        task.steps_per_action - 1 :: task.steps_per_action
    ]
    assert np.abs(readouts).max() > 0.5
    np.testing.assert_allclose(readouts, episodes.readouts[:, 0], rtol=1e-9, atol=1e-9)


def test_without_adaptation_all_thresholds_are_constant(example):
    net = example.build_network(np.random.default_rng(0), adaptive=False)
    assert not np.any(net["neurons"].beta)


def test_it_is_trained_and_evaluated_by_name(tmp_path, monkeypatch, capsys):
    recipe = dataclasses.replace(RECIPES["navigation"], task=small_task)
    monkeypatch.setitem(RECIPES, "navigation", recipe)
    weights = str(tmp_path / "weights.safetensors")
    train = ["train", "navigation", "--lif", "--iterations", "1", "--output", weights]
    assert cli.main(train) == 0
    assert json.loads(read_words(weights)["asked"])["flags"] == ["lif"]
    trained = capsys.readouterr().out.splitlines()
    (scores,) = [line.removeprefix("test: ") for line in trained if line.startswith("test: ")]
    assert "goals" in scores and "walked_detour" in scores
    assert cli.main(["evaluate", weights]) == 0
    assert f"test: {scores}" in capsys.readouterr().out.splitlines()
    assert cli.main(["evaluate", weights, "--standalone", "2"]) == 1
    assert "the network acts" in capsys.readouterr().err
