"""What cannot be is refused before anything is built."""

import json

import pytest
import torch
from safetensors.torch import save_file

from brian2_l2l import cli
from brian2_l2l_plugins.recipes.checks import check_asked
from brian2_l2l_plugins.recipes.registry import RECIPES
from brian2_l2l_plugins.recipes.words import FORMAT

#: There are no digits: what is refused later would be their folder.
ERBP = ["train", "erbp-mnist", "--data", "nowhere"]


def run(*arguments):
    return cli.main([str(argument) for argument in arguments])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train", "store-recall", "--fixed"], "This task has no --fixed."),
        (["train", "sequential-mnist"], "needs the folder of its data: --data DIR"),
        (["train", "erbp-mnist"], "needs the folder of its data: --data DIR"),
        (["train", "erbp-mnist", "--dense"], "This task has no --dense."),
        (["train", "store-recall", "--data", "x"], "makes its data by itself: leave out --data"),
        (["train", "store-recall", "--bits", "8"], "--bits means nothing for this task"),
        ([*ERBP, "--learning-rate", "3"], "--learning-rate means nothing for this task"),
        ([*ERBP, "--tensorboard", "x"], "--tensorboard means nothing for this task"),
        ([*ERBP, "--start", "x"], "--start means nothing for this task"),
        ([*ERBP, "--device", "cuda"], "--device cuda means nothing for this task"),
        ([*ERBP, "--large", "--deep"], "--large and --deep contradict each other"),
        ([*ERBP, "--long", "--robust"], "--long and --robust contradict each other"),
        ([*ERBP, "--resume"], "--resume needs the file to go on from: --checkpoint FILE"),
        (["train", "store-recall", "--resume"], "--resume needs the file to go on from"),
        (["evaluate", "missing.safetensors"], "No weights can be read from missing.safetensors"),
        (["evaluate", "x", "--standalone", "-1"], "--standalone=-1 must be an integer of 0 or"),
    ],
)
def test_wrong_arguments_are_explained(arguments, message, capsys):
    assert run(*arguments) == 1
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("task", [["train", "store-recall"], ERBP], ids=["mirror", "presented"])
@pytest.mark.parametrize(
    ("option", "value"),
    [("--iterations", -5), ("--iterations", 0), ("--batch-size", 0), ("--seed", -1)],
)
def test_numbers_that_are_too_small_are_refused(task, option, value, capsys):
    assert run(*task, option, value) == 1
    assert f"{option}={value} must be an integer of " in capsys.readouterr().err


def test_other_numbers_are_refused(capsys):
    for value in (0, "nan"):
        assert run("train", "store-recall", "--learning-rate", value) == 1
        assert "--learning-rate=" in capsys.readouterr().err
    assert run("train", "store-recall", "--seed", 2**32) == 1
    assert "must be below 2**32" in capsys.readouterr().err
    assert run(*ERBP, "--bits", 0) == 1
    assert "--bits=0 must be an integer of 1 or more" in capsys.readouterr().err


@pytest.mark.parametrize("task", [["train", "store-recall"], ERBP], ids=["mirror", "presented"])
@pytest.mark.parametrize("option", ["--output", "--checkpoint"])
def test_files_that_cannot_be_written_are_refused_before_training(task, option, tmp_path, capsys):
    (tmp_path / "file").touch()
    for path in (tmp_path / "file" / "weights", tmp_path / ("x" * 250), tmp_path / ("x" * 300)):
        assert run(*task, option, path) == 1
        assert f"{option} {path} cannot be written (" in capsys.readouterr().err
    assert run(*task, option, tmp_path) == 1
    assert f"{option} {tmp_path} is a folder" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_flags_that_ask_for_the_same_go_together():
    check_asked(RECIPES["sequential-mnist"], ["fixed", "dense", "lif"], "data")
    for more in ("long", "robust"):
        flags = ["noise", "symmetric", more, "large", "shifted"]
        check_asked(RECIPES["erbp-mnist"], flags, "data")


@pytest.mark.parametrize(
    ("recipe", "arguments", "message"),
    [
        ("erbp-mnist", ["--data", "nowhere", "--device", "cuda"], "--device cuda means nothing"),
        ("navigation", ["--standalone", 3], "the network acts"),
    ],
)
def test_what_weights_cannot_do_is_refused(recipe, arguments, message, tmp_path, capsys):
    path = tmp_path / "weights.safetensors"
    asked = json.dumps({"recipe": recipe, "flags": [], "seed": 0, "batch_size": 5})
    save_file({"w": torch.zeros(2)}, path, {"format": FORMAT, "asked": asked})
    assert run("evaluate", path, *arguments) == 1
    assert message in capsys.readouterr().err


def test_other_weights_are_refused(tmp_path, capsys):
    path = tmp_path / "other.safetensors"
    save_file({"w": torch.zeros(2)}, path)
    assert run("evaluate", path) == 1
    assert "does not say how its network was made" in capsys.readouterr().err
