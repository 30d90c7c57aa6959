"""The demo on a small budget: what it prints and leaves, resume, and a missing compiler."""

import csv
import json
import tempfile

import numpy as np
import pytest
import torch
from brian2 import prefs, second
from safetensors.numpy import load_file

import brian2_l2l as l2l
from brian2_l2l import cli
from brian2_l2l_plugins.demo.engines import run_brian2
from brian2_l2l_plugins.demo.learning import LEARNING, NAMES, Settings, weights_of
from brian2_l2l_plugins.demo.pipeline import Demonstration
from brian2_l2l_plugins.demo.standalone import Program
from brian2_l2l_plugins.scripts import find_script, load_script
from brian2_l2l_plugins.standalone import StandaloneError
from brian2_l2l_plugins.threads import torch_threads

SMALL = {"train_size": 120, "validation_size": 20, "test_size": 12, "batch_size": 40}
FILES = {"digits.png", "history.csv", "results.json", "table.txt", "training.checkpoint"}


def command(output, *more, epochs=2, **sizes):
    """Run the command line as a user does."""
    sizes = {"epochs": epochs, **SMALL, **sizes}
    options = [text for name, n in sizes.items() for text in (option(name), str(n))]
    return cli.main(["demo", "--output", str(output), *options, *more])


def option(name):
    return "--" + name.replace("_", "-")


@pytest.fixture
def no_compiler(monkeypatch):
    monkeypatch.setenv("CXX", "no-such-compiler")


def rows_of(output):
    return json.loads((output / "results.json").read_text())["engines"]


def test_without_a_compiler_everything_else_is_there(tmp_path, no_compiler, capsys):
    output = tmp_path / "new" / "folder"
    assert command(output) == 3
    printed = capsys.readouterr().out
    (line,) = [line for line in printed.splitlines() if "no-such-compiler" in line]
    assert "C++ standalone was not run" in line and "the same command with --resume" in line
    table = (output / "table.txt").read_text()
    assert table in printed
    assert {path.name for path in output.iterdir()} == FILES | {"weights.safetensors"}
    assert (output / "digits.png").read_bytes().startswith(b"\x89PNG")
    rows = rows_of(output)
    assert [row["engine"] for row in rows] == [
        "mirror, float32",
        "mirror, float64",
        "Brian2, runtime (numpy)",
    ]
    exact, brian2 = rows[1:]
    assert exact["same_class"] == exact["same_spike_trains"] == exact["digits"] == 12
    assert exact["spikes"] == brian2["spikes"] > 12 * 100
    assert 5 < brian2["rate_Hz"] < 100
    assert str(brian2["spikes"]) in table


def test_history_and_weights_are_those_of_training(tmp_path, no_compiler):
    command(tmp_path, epochs=3)
    with (tmp_path / "history.csv").open(newline="") as file:
        history = list(csv.DictReader(file))
    # 120 digits in batches of 40
    assert [int(row["iteration"]) for row in history] == list(range(1, 10))
    assert [bool(row["validation_loss"]) for row in history] == 3 * [False, False, True]
    assert float(history[-1]["validation_loss"]) < float(history[2]["validation_loss"])
    trained = load_file(tmp_path / "weights.safetensors")
    net, _ = load_script(find_script("digits.py"), NAMES).build_network(0)
    for name, values in weights_of(net).items():
        (after,) = [value for key, value in trained.items() if f"{name}.w" in key]
        assert after.shape == values.shape and np.abs(after - values).max() > 1e-3


def interrupting(train, at):
    """Return a `train` in whose iteration `at` somebody presses Ctrl-C."""

    def interrupt(elapsed, completed, row):
        if row["iteration"] == at:
            raise KeyboardInterrupt

    return lambda *arguments, **options: train(*arguments, **{**options, "report": interrupt})


@pytest.mark.parametrize("at", [2, 6])
def test_after_ctrl_c_resume_gives_the_same_weights(tmp_path, no_compiler, monkeypatch, capsys, at):
    straight, stopped = tmp_path / "straight", tmp_path / "stopped"
    settings = Settings(epochs=4, **SMALL)
    result = Demonstration(find_script("digits.py"), settings, straight).learn(resume=False)
    with monkeypatch.context() as patch:
        patch.setattr(l2l, "train", interrupting(l2l.train, at))
        assert command(stopped, epochs=4) == 130
    assert "the same command with --resume" in capsys.readouterr().out
    assert {path.name for path in stopped.iterdir()} == {"training.checkpoint"}
    assert command(stopped, "--resume", epochs=4) == 3
    wanted, found = (load_file(path / "weights.safetensors") for path in (straight, stopped))
    assert wanted.keys() == found.keys() and len(found) == len(LEARNING)
    for name, values in wanted.items():
        np.testing.assert_array_equal(found[name], values)
    assert (stopped / "history.csv").read_text() == (straight / "history.csv").read_text()
    assert result.iterations == 12


def test_cpp_standalone_answers_as_brian2(compiler):
    path = find_script("digits.py")
    demo = Demonstration(path, Settings(seed=4, **{**SMALL, "test_size": 10}), output=None)
    # Not the weights that the script builds its network with.
    for name in LEARNING:
        demo.net[name].w = 1.5 * demo.net[name].w[:]
    brian2 = run_brian2(
        demo.net, demo.stimulus, demo.values, demo.module.DURATION, vars(demo.module)
    )
    with Program(path, 4) as program:
        program.start(weights_of(demo.net), demo.values)
        cpp = program.answers()
    rates = brian2.rates(float(demo.module.DURATION / second))
    assert 5 < rates.mean() < 150
    assert cpp.same_spikes(brian2) == cpp.same_classes(brian2) == 10
    np.testing.assert_allclose(cpp.readout, brian2.readout, rtol=1e-9, atol=1e-12)
    different = brian2.spikes[:, :1] != brian2.spikes[:, 1:]
    assert different.any(axis=(0, 2)).all()


def test_a_cpp_program_that_fails_is_explained(compiler, tmp_path, capfd):
    script = tmp_path / "digits.py"
    broken = "def stimulus_values(images): pass\nDURATION = 1\ndef build_network(seed): 1 / 0\n"
    script.write_text(broken)
    with (
        pytest.raises(StandaloneError, match="its process ended with exit code 1"),
        Program(script, 0) as program,
    ):
        program.start({}, np.zeros((1, 1, 1)))
        program.answers()
    assert "ZeroDivisionError" in capfd.readouterr().err


def test_a_program_that_nobody_runs_leaves_nothing(compiler, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with Program(find_script("digits.py"), 0):
        assert len(list(tmp_path.iterdir())) == 1
    assert not list(tmp_path.iterdir())


def another_class(brian2):
    brian2.readout[:, 3, (brian2.classes()[3] + 1) % 10] += 100


def another_spike(brian2):
    brian2.spikes[5, 3, 0] ^= True


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (another_class, "do not name the same class for every test digit"),
        (another_spike, "do not have the same spikes"),
    ],
)
def test_engines_that_disagree_are_an_error_after_the_table(
    change, message, tmp_path, no_compiler, monkeypatch, capsys
):
    run = Demonstration.run_in_python

    def disagree(self):
        answers = run(self)
        change(answers[-1])
        return answers

    monkeypatch.setattr(Demonstration, "run_in_python", disagree)
    assert command(tmp_path, epochs=1) == 1
    out, err = capsys.readouterr()
    assert message in err
    assert "11 of 12" in out and "11 of 12" in (tmp_path / "table.txt").read_text()


def test_torch_keeps_its_threads_and_brian2_its_target(tmp_path, no_compiler):
    prefs.codegen.target = "cython"
    with torch_threads(2):
        command(tmp_path, epochs=1)
        assert torch.get_num_threads() == 2 and prefs.codegen.target == "cython"


@pytest.mark.parametrize(
    "arguments",
    [["--epochs", "0"], ["--seed", "-1"], ["--seed", "x"], ["--test-size", "1.5"], ["--nothing"]],
)
def test_a_wrong_option_is_code_2(tmp_path, arguments, capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main(["demo", "--output", str(tmp_path), *arguments])
    assert stop.value.code == 2
    assert arguments[0] in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--resume"], "There is no checkpoint"),
        (["--test-size", "1700"], "test_size=1700"),
        (["--test-size", "5"], "test_size=5"),
        (["--seed", str(2**32)], "seed=4294967296"),
        (["--script", "missing.py"], "There is no script missing.py"),
    ],
)
def test_a_bad_argument_is_explained(tmp_path, more, message, capsys):
    assert cli.main(["demo", "--output", str(tmp_path), *more]) == 1
    assert message in capsys.readouterr().err


def test_an_output_that_is_a_file_is_explained(tmp_path, capsys):
    (tmp_path / "file").touch()
    assert cli.main(["demo", "--output", str(tmp_path / "file")]) == 1
    assert "The folder" in capsys.readouterr().err


def test_resuming_with_another_seed_is_refused(tmp_path, no_compiler, capsys):
    assert command(tmp_path, epochs=1) == 3
    assert command(tmp_path, "--resume", "--seed", "1", epochs=1) == 1
    assert "seed is 1.0 and was 0.0" in capsys.readouterr().err
