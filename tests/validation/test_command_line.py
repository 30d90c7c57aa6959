import subprocess
import sys
from pathlib import Path

import pytest

from validation import conformance, reports
from validation.__main__ import main
from validation.fuzz import report

ROOT = Path(__file__).parents[2]


def validate(*arguments):
    command = [sys.executable, "-m", "validation", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["unknown"],
        ["fuzz"],
        ["fuzz", "--seed", "x"],
        ["fuzz", "--seed", "1", "--networks", "0"],
        ["conformance", "--float-dtype", "float16"],
    ],
)
def test_bad_arguments_end_with_2(arguments, capsys):
    with pytest.raises(SystemExit) as ending:
        main(arguments)
    assert ending.value.code == 2
    assert "usage: python -m validation" in capsys.readouterr().err


@pytest.mark.parametrize("code", [0, 1])
def test_the_exit_code_is_that_of_the_program(monkeypatch, code):
    seen = []
    monkeypatch.setattr(report, "run", lambda *arguments: seen.append(arguments) or code)
    assert main(["fuzz", "--networks", "7", "--seed", "3", "--processes", "1"]) == code
    monkeypatch.setattr(conformance, "run", lambda *arguments: seen.append(arguments) or code)
    assert main(["conformance", "--float-dtype", "float32", "--only", "store"]) == code
    assert seen == [
        (7, 3, 1, reports.RESULTS),
        ("torch", "float32", reports.RESULTS, "store"),
    ]


def test_some_of_brian2s_own_tests_pass(tmp_path):
    outcome = validate("conformance", "--only", "test_magic_collect", "--results", tmp_path)
    assert outcome.returncode in (0, 1), outcome.stderr
    text = (tmp_path / "conformance_float64.txt").read_text()
    assert outcome.returncode == 0, text


@pytest.mark.slow
def test_a_hundred_random_networks_are_identical(seed, tmp_path):
    outcome = validate(
        *("fuzz", "--networks", 100, "--seed", seed, "--processes", 1, "--results", tmp_path)
    )
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    assert "100 count" in outcome.stdout
