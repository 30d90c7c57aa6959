"""Report the progress of training, in the ways that Brian2's ``report`` argument knows."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from os import PathLike
from typing import Any, Protocol

from brian2 import second
from tqdm import tqdm

from brian2_l2l.errors import TrainingError
from brian2_l2l.training.options import check_choice


class Report(Protocol):
    """Told about every iteration."""

    def update(self, iteration: int, completed: float, row: Mapping[str, Any]) -> None:
        """Take note of the last row of the history; `completed` is from 0 to 1."""

    def close(self) -> None:
        """End the report."""


class Silence:
    """Report nothing."""

    def update(self, iteration: int, completed: float, row: Mapping[str, Any]) -> None:
        """Take note of nothing."""

    def close(self) -> None:
        """End nothing."""


class Bar:
    """Show a progress bar with the last values of the history.

    Parameters
    ----------
    stream : file
        Where to write.
    completed : float
        The fraction that was done before.
    """

    def __init__(self, stream: Any, completed: float = 0.0) -> None:
        self._seen: dict[str, str] = {}
        interval = 0.2
        if not stream.isatty():
            stream, interval = Lines(stream), 10.0
        self._bar = tqdm(
            total=1.0,
            initial=completed,
            file=stream,
            mininterval=interval,
            maxinterval=interval,
            bar_format="{percentage:3.0f}%|{bar}| {elapsed}<{remaining}{postfix}",
        )

    def update(self, iteration: int, completed: float, row: Mapping[str, Any]) -> None:
        """Move the bar."""
        for name, value in row.items():
            if name not in ("iteration", "epoch"):
                self._seen[name] = f"{value:.4g}"
        self._bar.set_postfix({"iteration": iteration, **self._seen}, refresh=False)
        self._bar.update(completed - self._bar.n)

    def close(self) -> None:
        """Show the last values and leave the bar where it is."""
        self._bar.refresh()
        self._bar.close()


class Lines:
    """A stream, such as a file, on which each refresh of a bar is a line of its own.

    Parameters
    ----------
    stream : file
        Where to write.
    """

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        """Write a line, without what moves the cursor of a terminal."""
        if text.strip():
            self._stream.write(f"{text.strip()}\n")

    def flush(self) -> None:
        """Pass on what was written."""
        self._stream.flush()


class Call:
    """Call a function after every iteration.

    Parameters
    ----------
    function : callable
        ``function(elapsed, completed, row)``: the time since the start (a `Quantity`), the
        fraction that is done, and the last row of the history.
    """

    def __init__(self, function: Callable) -> None:
        self._function = function
        self._start = time.monotonic()

    def update(self, iteration: int, completed: float, row: Mapping[str, Any]) -> None:
        """Call the function."""
        self._function((time.monotonic() - self._start) * second, completed, row)

    def close(self) -> None:
        """End nothing."""


class Board:
    """Write the values of the history where TensorBoard reads them.

    Parameters
    ----------
    folder : str or path

    Raises
    ------
    TrainingError
        If the package tensorboard is missing.
    """

    def __init__(self, folder: str | PathLike) -> None:
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError as error:
            raise TrainingError(
                f"tensorboard={str(folder)!r} needs the package tensorboard: pip install "
                "tensorboard."
            ) from error
        self._writer = SummaryWriter(str(folder))

    def update(self, iteration: int, completed: float, row: Mapping[str, Any]) -> None:
        """Write the values."""
        for name, value in row.items():
            if name not in ("iteration", "epoch"):
                self._writer.add_scalar(name, value, iteration)

    def close(self) -> None:
        """Write what is left."""
        self._writer.close()


class Several:
    """Tell several reports.

    Parameters
    ----------
    reports : sequence of Report
    """

    def __init__(self, reports: Sequence[Report]) -> None:
        self._reports = reports

    def update(self, iteration: int, completed: float, row: Mapping[str, Any]) -> None:
        """Tell all."""
        for report in self._reports:
            report.update(iteration, completed, row)

    def close(self) -> None:
        """End all."""
        for report in self._reports:
            report.close()


def make_report(
    report: str | Callable | None,
    completed: float = 0.0,
    tensorboard: str | PathLike | None = None,
) -> Report:
    """Make the report that the argument ``report`` asks for.

    Parameters
    ----------
    report : {'text', 'stdout', 'stderr'}, callable or None
        ``'text'`` and ``'stdout'`` show a progress bar on the standard output, ``'stderr'`` on the
        standard error. A callable is called as ``report(elapsed, completed, row)`` after every
        iteration. None is silent.
    completed : float
        The fraction that was done before.
    tensorboard : str or path, optional
        The folder to which all values are written for TensorBoard, besides.

    Raises
    ------
    TrainingError
        If it is something else, or the package tensorboard is wanted and missing.
    """
    if tensorboard is not None:
        return Several([make_report(report, completed), Board(tensorboard)])
    if report is None:
        return Silence()
    if callable(report):
        return Call(report)
    check_choice("report", report, ["text", "stdout", "stderr", None])
    return Bar(sys.stderr if report == "stderr" else sys.stdout, completed)
