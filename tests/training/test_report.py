"""Reports of progress."""

import io
import sys

import pytest
from brian2 import have_same_dimensions, second

from brian2_l2l.errors import TrainingError
from brian2_l2l.training.report import make_report

ROW = {"iteration": 3, "epoch": 1, "train_loss": 0.123456}


@pytest.mark.parametrize(("report", "stream"), [("text", 0), ("stdout", 0), ("stderr", 1)])
def test_a_bar_shows_the_last_values(report, stream, capsys):
    shown = make_report(report)
    shown.update(3, 0.25, ROW)
    shown.update(4, 1.0, {"iteration": 4, "epoch": 1, "validation_accuracy": 0.5})
    shown.close()
    captured = capsys.readouterr()
    assert captured[1 - stream] == ""
    assert "100%" in captured[stream]
    assert "iteration=4" in captured[stream]
    assert "train_loss=0.1235" in captured[stream]
    assert "validation_accuracy=0.5" in captured[stream]
    assert "epoch=" not in captured[stream]


def test_a_bar_in_a_file_is_made_of_lines(tmp_path, monkeypatch):
    path = tmp_path / "log"
    with path.open("w") as stream:
        monkeypatch.setattr("sys.stdout", stream)
        shown = make_report("text")
        for k in range(1, 101):
            shown.update(k, k / 100, {"iteration": k, "train_loss": 1 / k})
        shown.close()
    lines = path.read_text().split("\n")
    assert "\r" not in path.read_text()
    # One at the start and one at the end: no 10 seconds have passed.
    assert lines[0].startswith("0%") and lines[-1] == ""
    assert lines[-2].startswith("100%") and "iteration=100, train_loss=0.01" in lines[-2]
    assert len(lines) <= 5


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_bar_on_a_terminal_stays_on_its_line(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr("sys.stdout", terminal)
    shown = make_report("text")
    shown.update(3, 1.0, ROW)
    shown.close()
    assert terminal.getvalue().count("\n") == 1 and "\r100%" in terminal.getvalue()


def test_a_bar_starts_where_training_goes_on(capsys):
    shown = make_report("text", 0.5)
    shown.close()
    assert "50%" in capsys.readouterr().out


def test_a_callable_is_told_about_every_iteration(capsys):
    told = []
    shown = make_report(lambda *arguments: told.append(arguments))
    shown.update(3, 0.25, ROW)
    shown.close()
    ((elapsed, completed, row),) = told
    assert have_same_dimensions(elapsed, second) and elapsed >= 0 * second
    assert (completed, row) == (0.25, ROW)
    assert capsys.readouterr() == ("", "")


def test_none_is_silent(capsys):
    shown = make_report(None)
    shown.update(3, 0.25, ROW)
    shown.close()
    assert capsys.readouterr() == ("", "")


def test_something_else_is_refused():
    with pytest.raises(TrainingError, match="report='stdou' is not known. Did you mean 'stdout'"):
        make_report("stdou")
    with pytest.raises(TrainingError, match="report=3 is not known"):
        make_report(3)


def test_the_history_is_written_for_tensorboard(tmp_path):
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    told = []
    shown = make_report(lambda *arguments: told.append(arguments), tensorboard=tmp_path)
    for iteration in (1, 2):
        shown.update(iteration, 0.5, {**ROW, "train_loss": 0.5 * iteration})
    shown.close()
    events = EventAccumulator(str(tmp_path)).Reload()
    found = [(event.step, event.value) for event in events.Scalars("train_loss")]
    assert found == [(1, 0.5), (2, 1.0)] and len(told) == 2
    assert "iteration" not in events.Tags()["scalars"]


def test_without_tensorboard_the_package_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(TrainingError, match="needs the package tensorboard: pip install"):
        make_report(None, tensorboard=tmp_path)
