"""A network that learns digits while it runs: by name, as a program or side by side."""

import dataclasses
import json

import pytest
import torch
from brian2 import prefs
from safetensors.torch import load_file, save_file

from brian2_l2l import cli
from brian2_l2l.training import load_checkpoint, read_words
from brian2_l2l_plugins.recipes import presented
from brian2_l2l_plugins.recipes.registry import RECIPES
from brian2_l2l_plugins.scripts import find_script, load_script
from tests.mnist import write_small


def run(*arguments):
    return cli.main([str(argument) for argument in arguments])


@pytest.fixture
def digits(tmp_path, rng, monkeypatch):
    """A folder with a few digits; networks for them are small."""
    data = tmp_path / "data"
    data.mkdir()
    write_small(data, rng, monkeypatch, train=20, test=10)
    names = ("noise", "symmetric", "long", "robust")
    flags = {name: {name: True, "hidden": (7,), "chunk": 10} for name in names}
    recipe = dataclasses.replace(RECIPES["erbp-mnist"], flags={**flags, "shifted": {}})
    monkeypatch.setitem(RECIPES, "erbp-mnist", recipe)
    return data


@pytest.mark.slow
def test_a_network_learns_while_it_runs_as_a_program(tmp_path, digits, quick_compiler, capfd):
    # The folder is made.
    weights, saved = tmp_path / "new" / "weights.safetensors", tmp_path / "run.checkpoint"
    options = ("erbp-mnist", "--noise", "--data", digits, "--output", weights)
    assert run("train", *options, "--checkpoint", saved, "--iterations", 40) == 0
    asked = json.loads(read_words(weights)["asked"])
    assert asked["iterations"] == 40
    (scores,) = [t for t in capfd.readouterr().out.splitlines() if t.startswith("test: accuracy")]
    learned = load_file(weights)
    assert {name: (len(w), w.dtype) for name, w in learned.items()} == {
        "erbp_layer_0.w": (784 * 7, torch.float32),
        "erbp_layer_1.w": (70, torch.float32),
    }
    assert run("evaluate", weights, "--data", digits) == 0
    lines = capfd.readouterr().out.splitlines()
    assert scores in lines and scores.replace("test", "recorded") in lines
    assert run("evaluate", weights, "--data", digits, "--standalone", 3) == 1
    assert "is evaluated in one: leave out --standalone" in capfd.readouterr().err
    # The same weights as if they came from a mirror.
    words = {"asked": json.dumps({**asked, "batch_size": 5})}
    save_file(learned, weights, {**read_words(weights), **words})
    prefs.l2l.lowering = "auto"
    assert run("evaluate", weights, "--data", digits, "--standalone", 30) == 0
    lines = capfd.readouterr().out.splitlines()
    whole, mirror = lines[1].removeprefix("test"), "mirror, 10 samples"
    assert lines[3:] == [f"{mirror}{whole}", scores.replace("test", "C++ standalone, 10 samples")]


def test_wrong_numbers_of_digits_are_explained(tmp_path, digits, capfd):
    options = ("erbp-mnist", "--noise", "--data", digits, "--output", tmp_path / "weights")
    assert run("train", *options, "--iterations", 30) == 1
    assert "no multiple of the 20 samples" in capfd.readouterr().err
    assert run("train", *options, "--batch-size", 3) == 1
    assert "10 samples cannot be shared out to batch_size=3" in capfd.readouterr().err


def test_a_network_learns_digits_side_by_side(tmp_path, digits, capfd):
    weights = tmp_path / "weights.safetensors"
    prefs.l2l.lowering = "auto"
    options = ("--data", digits, "--output", weights)
    assert run("train", "erbp-mnist", "--noise", *options, "--batch-size", 5) == 0
    assert load_file(weights).keys() == {"erbp_layer_0.w", "erbp_layer_1.w"}
    capfd.readouterr()
    assert run("evaluate", weights, "--data", digits) == 0
    lines = capfd.readouterr().out.splitlines()
    assert "batch_size=5" in lines[0] and lines[1] == lines[2].replace("recorded", "test")


@pytest.mark.parametrize(
    ("flags", "last", "augment"),
    [(["long"], 0.02, "False"), (["robust"], 0.005, "False"), (["noise", "shifted"], 1, "True")],
)
def test_flags_say_how_digits_are_learned(flags, last, augment, tmp_path, digits):
    prefs.l2l.lowering = "auto"
    saved = tmp_path / "run.checkpoint"
    options = ("--data", digits, "--output", tmp_path / "weights", "--checkpoint", saved)
    options += ("--batch-size", 5, "--iterations", 10)
    assert run("train", "erbp-mnist", *(f"--{flag}" for flag in flags), *options) == 0
    settings = load_checkpoint(saved)["settings"]
    expected = [last ** (part / 4) for part in range(4)]
    assert json.loads(settings.get("schedule", "[1, 1, 1, 1]")) == pytest.approx(expected)
    assert settings["augment"] == augment


def test_weights_of_few_bits_are_asked_for(tmp_path, digits, monkeypatch, capfd):
    prefs.l2l.lowering = "auto"
    asked_of_script = []

    def watched(path, names):
        script = load_script(path, names)
        make = script.make_presenter
        script.make_presenter = lambda *a, **given: (
            asked_of_script.append(given) or make(*a, **given)
        )
        return script

    monkeypatch.setattr(presented, "load_script", watched)
    weights = tmp_path / "weights.safetensors"
    options = ("--bits", 3, "--data", digits, "--output", weights, "--batch-size", 5)
    assert run("train", "erbp-mnist", "--robust", *options) == 0
    asked = json.loads(read_words(weights)["asked"])
    assert asked["bits"] == 3 and asked["flags"] == ["robust"]
    furthest = load_script(find_script(RECIPES["erbp-mnist"].script), ["FURTHEST"]).FURTHEST
    for (_, values), end in zip(sorted(load_file(weights).items()), furthest, strict=True):
        steps = values / (float(end) / 4)
        assert torch.allclose(steps, steps.round(), atol=1e-4)
        assert len(steps.round().unique()) > 2
        assert steps.min() > -4.01 and steps.max() < 3.01
    capfd.readouterr()
    assert run("evaluate", weights, "--data", digits) == 0
    lines = capfd.readouterr().out.splitlines()
    assert "bits=3" in lines[0] and lines[1] == lines[2].replace("recorded", "test")
    trained, evaluated = asked_of_script
    assert trained == evaluated and trained["bits"] == 3 and trained["robust"] is True


@pytest.mark.parametrize("flags", [["--noise"], ["--symmetric"], ["--bits", 8], ["--shifted"]])
def test_resuming_with_other_flags_is_refused(flags, tmp_path, digits, capfd):
    prefs.l2l.lowering = "auto"
    options = ("--data", digits, "--output", tmp_path / "weights", "--robust", "--batch-size", 5)
    options += ("--iterations", 10, "--checkpoint", tmp_path / "run.checkpoint")
    assert run("train", "erbp-mnist", *options) == 0
    assert run("train", "erbp-mnist", *options, "--resume") == 0
    assert run("train", "erbp-mnist", *options, *flags, "--resume") == 1
    assert str(tmp_path / "run.checkpoint") in capfd.readouterr().err


def test_weights_stay_whole_when_others_cannot_be_written(tmp_path, digits, monkeypatch):
    def fail(tensors, path, metadata):
        path.write_bytes(b"half")
        raise OSError("no space left")

    prefs.l2l.lowering = "auto"
    weights = tmp_path / "weights.safetensors"
    weights.write_bytes(b"those of before")
    monkeypatch.setattr("brian2_l2l.training.checkpoint.save_file", fail)
    options = ("--data", digits, "--output", weights, "--batch-size", 5, "--iterations", 10)
    with pytest.raises(OSError, match="no space left"):
        run("train", "erbp-mnist", "--noise", *options)
    assert weights.read_bytes() == b"those of before"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "weights.safetensors"]


@pytest.mark.parametrize(("flag", "sizes"), [("large", [500]), ("deep", [500, 500])])
def test_larger_networks_are_asked_for_by_a_flag(flag, sizes, rng):
    recipe = RECIPES["erbp-mnist"]
    script = load_script(find_script(recipe.script), ["build_network"])
    _, _, circuit = script.build_network(rng, **recipe.flags[flag])
    assert [len(layer.source) for layer in circuit.layers] == [784, *sizes]
