"""What the demo prints and leaves in its folder, besides the picture."""

from __future__ import annotations

import csv
import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib import metadata
from pathlib import Path

import numpy as np

from brian2_l2l.training import TrainingResult
from brian2_l2l_plugins.demo.answers import Answers
from brian2_l2l_plugins.demo.learning import Settings

HEADER = (
    "engine",
    "test accuracy",
    "same class",
    "same spike trains",
    "spikes",
    "rate (Hz)",
    "time (s)",
)
#: The distributions whose versions belong to a result.
VERSIONS = ("brian2", "brian2_l2l", "numpy", "torch", "scikit-learn")


def make_rows(
    answers: Sequence[Answers], reference: Answers, labels: np.ndarray, duration: float
) -> list[dict]:
    """Compare engines with a reference on the test digits; one row for each.

    Parameters
    ----------
    answers : sequence of Answers
        One for each engine.
    reference : Answers
        What the others are compared with.
    labels : array, shape (digit,)
        The right classes.
    duration : float
        The biological time of a trial in seconds.
    """
    return [
        {
            "engine": one.engine,
            "digits": len(labels),
            "correct": one.correct(labels),
            "same_class": one.same_classes(reference),
            "same_spike_trains": one.same_spikes(reference),
            "spikes": int(one.spikes.sum()),
            "rate_Hz": float(one.rates(duration).mean()),
            "seconds": one.seconds,
        }
        for one in answers
    ]


def table_text(rows: Sequence[Mapping]) -> str:
    """Return rows of `make_rows` as a table."""
    cells = [HEADER]
    for row in rows:
        digits = row["digits"]
        cells.append(
            (
                row["engine"],
                f"{100 * row['correct'] / digits:.1f} %",
                f"{row['same_class']} of {digits}",
                f"{row['same_spike_trains']} of {digits}",
                f"{row['spikes']}",
                f"{row['rate_Hz']:.1f}",
                f"{row['seconds']:.1f}",
            )
        )
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [
        "  ".join([line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])])
        for line in cells
    ]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


def rates_text(answers: Answers, duration: float) -> str:
    """Say how active the hidden neurons are."""
    rates = answers.rates(duration)
    low, middle, high = np.quantile(rates, (0.05, 0.5, 0.95))
    return (
        f"Mean rates of the {len(rates)} hidden neurons: median {middle:.1f} Hz, nine of ten "
        f"between {low:.1f} and {high:.1f} Hz; {int((rates == 0).sum())} are silent."
    )


def write_history(path: Path, result: TrainingResult) -> None:
    """Write the history of training as a table with one line for each update."""
    columns = list(dict.fromkeys(name for row in result.history for name in row))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(result.history)


def write_results(
    path: Path,
    settings: Settings,
    result: TrainingResult,
    rows: Sequence[Mapping],
    missing: str | None,
) -> None:
    """Write settings, versions, the rows of the table and why one is missing, as JSON."""
    content = {
        "settings": asdict(settings),
        "versions": {
            "python": platform.python_version(),
            **{name: metadata.version(name) for name in VERSIONS},
        },
        "training": {
            "updates": result.iterations,
            "stopped_by": result.stopped_by,
            "best_validation_loss": result.best,
            "best_update": result.best_iteration,
        },
        "engines": list(rows),
        "missing": missing,
    }
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
