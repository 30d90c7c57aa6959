import subprocess
import sys

import pytest
from brian2.utils.logger import catch_logs

from brian2_l2l import __version__, cli, plugins
from brian2_l2l.entry_points import Source
from brian2_l2l.errors import TrainingError
from brian2_l2l.hookspecs import hookimpl


class Greet:
    help = "greet at 100 %"

    def add_arguments(self, parser):
        parser.add_argument("name")
        parser.add_argument("--run", default="hello")

    def run(self, arguments):
        print(arguments.run, arguments.name)


class Fail(Greet):
    def __init__(self, error):
        self.error = error

    def run(self, arguments):
        raise self.error


class BadArguments(Greet):
    def add_arguments(self, parser):
        parser.add_argument("--twice")
        parser.add_argument("--twice")


class Code(Greet):
    def run(self, arguments):
        return 7


@pytest.fixture
def commands(monkeypatch):
    """Return the commands that the only installed plugin contributes, to be filled by the test."""
    contributed = {}

    class Plugin:
        @hookimpl
        def commands(self):
            return contributed

    monkeypatch.setattr(
        plugins,
        "manager",
        lambda: plugins.PluginManager([Source("fake", "fake-package", "1", Plugin)]),
    )
    return contributed


def test_a_contributed_command_gets_its_arguments(commands, capsys):
    commands["greet"] = Greet()
    assert cli.main(["greet", "you", "--run", "bye"]) == 0
    assert capsys.readouterr().out == "bye you\n"


def test_help_lists_the_contributed_commands(commands, capsys):
    commands["greet"] = Greet()
    with pytest.raises(SystemExit) as stop:
        cli.main(["--help"])
    assert stop.value.code == 0
    assert "greet at 100 %" in capsys.readouterr().out


def test_a_command_chooses_its_exit_code(commands):
    commands["code"] = Code()
    assert cli.main(["code", "x"]) == 7


def test_an_explained_error_is_one_line_without_a_traceback(commands, capsys):
    commands["fail"] = Fail(TrainingError("the rate is 0 Hz"))
    assert cli.main(["fail", "x"]) == 1
    assert capsys.readouterr().err == "brian2-l2l: the rate is 0 Hz\n"


def test_an_unexplained_error_keeps_its_traceback(commands):
    commands["fail"] = Fail(ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        cli.main(["fail", "x"])


def test_ctrl_c_is_a_short_line_and_code_130(commands, capsys):
    commands["fail"] = Fail(KeyboardInterrupt())
    assert cli.main(["fail", "x"]) == 130
    assert capsys.readouterr().err.strip() == "brian2-l2l: interrupted"


@pytest.mark.parametrize("name", ["bad", "plugins"])
def test_a_command_that_cannot_be_added_is_left_out_with_a_warning(commands, capsys, name):
    commands[name] = BadArguments() if name == "bad" else Greet()
    commands["greet"] = Greet()
    with catch_logs(only_from=("brian2_l2l",)) as logs:
        assert cli.main(["greet", "you"]) == 0
        assert cli.main(["plugins"]) == 0
    assert [log[0] for log in logs] == ["WARNING", "WARNING"]
    assert all(f"The command {name!r} is left out" in log[2] for log in logs)
    assert "fake-package 1" in capsys.readouterr().out


@pytest.mark.parametrize("argv", [[], ["no-such-command"], ["plugins", "--no-such-option"]])
def test_a_wrong_command_line_is_code_2(commands, capsys, argv):
    with pytest.raises(SystemExit) as stop:
        cli.main(argv)
    assert stop.value.code == 2
    assert "usage: brian2-l2l" in capsys.readouterr().err


def test_the_module_runs_as_the_command():
    done = subprocess.run(
        [sys.executable, "-m", "brian2_l2l", "--version"], capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (0, f"brian2_l2l {__version__}\n")
