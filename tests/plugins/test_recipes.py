"""Networks by name: trained, written, read again, and run as C++ programs."""

import dataclasses
import json

import numpy as np
import pytest
from safetensors.torch import load_file

from brian2_l2l import cli
from brian2_l2l.tasks import StoreRecallTask, sequential_mnist
from brian2_l2l.training import load_weights, read_words
from brian2_l2l_plugins.recipes.building import build
from brian2_l2l_plugins.recipes.registry import RECIPES
from tests.mnist import write_small


def small_store_recall(folder):
    return StoreRecallTask(trials=16, held_out=8, periods=4, probability=0.6)


@pytest.fixture(autouse=True)
def small_tasks(monkeypatch):
    tasks = {
        "store-recall": small_store_recall,
        "sequential-mnist": lambda folder: sequential_mnist(folder, validation_size=10),
    }
    for name, task in tasks.items():
        monkeypatch.setitem(RECIPES, name, dataclasses.replace(RECIPES[name], task=task))


def run(*arguments):
    return cli.main([str(argument) for argument in arguments])


@pytest.mark.slow
def test_what_was_trained_is_evaluated_alike_and_answers_in_cpp(tmp_path, quick_compiler, capfd):
    weights = tmp_path / "weights.safetensors"
    assert run("train", "store-recall", "--iterations", 2, "--seed", 3, "--output", weights) == 0
    words = read_words(weights)
    asked = {"recipe": "store-recall", "flags": [], "seed": 3, "iterations": 2}
    assert json.loads(words["asked"]) == asked
    trained = capfd.readouterr().out.splitlines()
    (scores,) = [line.removeprefix("test: ") for line in trained if line.startswith("test: ")]
    assert run("evaluate", weights, "--standalone", 3) == 0
    lines = capfd.readouterr().out.splitlines()
    assert f"test: {scores}" in lines and f"recorded: {scores}" in lines
    (last,) = [line for line in lines if line.startswith("C++ standalone, 3 trials: error")]
    answers = int(last.split("; ")[1].split(" of ")[0])
    spikes, expected = last.split(", ")[-1].removesuffix(" spikes").split(" of ")
    assert f"{answers} of {answers} answers" in last and answers > 0
    assert spikes == expected and int(spikes) > 100


def test_other_neurons_are_asked_for_by_a_flag(tmp_path):
    weights = tmp_path / "weights.safetensors"
    assert run("train", "store-recall", "--lif", "--iterations", 1, "--output", weights) == 0
    assert json.loads(read_words(weights)["asked"])["flags"] == ["lif"]
    built = build(RECIPES["store-recall"], ["lif"], 0, None)
    assert not np.any(built.net["neurons"].beta)


def test_moved_connections_come_back_from_the_file(
    tmp_path, rng, monkeypatch, quick_compiler, capfd
):
    data = tmp_path / "data"
    data.mkdir()
    write_small(data, rng, monkeypatch, train=40, test=6)
    weights = tmp_path / "weights.safetensors"
    options = ("--data", data, "--iterations", 3, "--output", weights)
    assert run("train", "sequential-mnist", *options) == 0
    built = build(RECIPES["sequential-mnist"], [], 0, data)
    mirror = built.script.make_mirror(built.net)
    names = ("S_in", "S_rec", "S_out")
    before = {name: set(zip(built.net[name].i, built.net[name].j, strict=True)) for name in names}
    load_weights(mirror, weights)
    mirror.write_back()
    after = {name: set(zip(built.net[name].i, built.net[name].j, strict=True)) for name in names}
    number = sum(map(len, before.values()))
    assert sum(map(len, after.values())) == number <= 8175
    assert before["S_rec"] != after["S_rec"]
    for group in (["S_in"], ["S_rec", "S_out"]):
        sources = np.concatenate([built.net[name].i[:] for name in group])
        signs = np.concatenate([np.sign(built.net[name].w[:]) for name in group])
        assert all(abs(signs[sources == k].mean()) == 1 for k in np.unique(sources))
    assert run("evaluate", weights, "--data", data, "--standalone", 6) == 0
    assert "6 of 6 answers" in capfd.readouterr().out


def test_training_begins_with_weights_of_the_same_network(tmp_path, rng, monkeypatch, capsys):
    data = tmp_path / "data"
    data.mkdir()
    write_small(data, rng, monkeypatch, train=40, test=6)
    first, second = tmp_path / "first.safetensors", tmp_path / "second.safetensors"
    options = ("sequential-mnist", "--data", data, "--iterations", 1)
    assert run("train", *options, "--output", first) == 0
    more = ("--learning-rate", 1e-9, "--start", first, "--output", second)
    assert run("train", *options, *more) == 0
    asked = json.loads(read_words(second)["asked"])
    assert asked["start"] == json.loads(read_words(first)["asked"])
    assert asked["learning_rate"] == 1e-9
    weights = [load_file(path) for path in (first, second)]
    # With such steps all is as before, but for connections that were about to go.
    shared, kept = 0, 0
    for name in ("S_in", "S_rec", "S_out"):
        places = [{} for _ in weights]
        for found, place in zip(weights, places, strict=True):
            pairs = (found[f"moved.{name}.{end}"].tolist() for end in ("sources", "targets"))
            place.update(zip(zip(*pairs, strict=True), found[f"values.{name}.w"], strict=True))
        shared += len(places[0].keys() & places[1].keys())
        kept += sum(
            abs(places[0][pair] - places[1][pair]) < 1e-6 for pair in places[0].keys() & places[1]
        )
    assert kept == shared > 8000
    assert run("train", *options, "--fixed", "--start", first) == 1
    assert "was trained with flags=[], and here it is ['fixed']" in capsys.readouterr().err
