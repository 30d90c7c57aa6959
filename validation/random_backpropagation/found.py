"""What was found so far, kept line by line, so that a killed run goes on where it was."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from .cases import CASES
from .learning import Outcome

__all__ = ["Found"]


class Found:
    """
    The outcomes of this run, and with ``resume`` those that earlier ones have left.

    Parameters
    ----------
    report : Path
        The report without its suffix. Beside it ``.jsonl`` has one line for each outcome.
    resume : bool
        Whether what the report has, and these lines, are read; otherwise the lines begin anew.
    """

    def __init__(self, report: Path, resume: bool):
        self.path = report.with_suffix(".jsonl")
        known = [*_reported(report.with_suffix(".json")), *_lines(self.path)] if resume else []
        self._outcomes = {(outcome.name, outcome.seed): outcome for outcome in known}
        if not resume:
            self.path.unlink(missing_ok=True)

    def get(self, name: str, seed: int) -> Outcome | None:
        """Give the outcome of a case and seed; None if there is none yet."""
        return self._outcomes.get((name, seed))

    def all(self) -> list[Outcome]:
        """Give all outcomes, by seed, in the order of the cases."""
        seeds = sorted({seed for _, seed in self._outcomes})
        keys = [(case.name, seed) for seed in seeds for case in CASES]
        return [self._outcomes[key] for key in keys if key in self._outcomes]

    def add(self, outcome: Outcome) -> None:
        """Keep an outcome."""
        self._outcomes[outcome.name, outcome.seed] = outcome
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a") as file:
            file.write(f"{json.dumps(asdict(outcome))}\n")


def _reported(path: Path) -> list[Outcome]:
    fields = json.loads(path.read_text())["outcomes"] if path.exists() else []
    return [_outcome(one) for one in fields]


def _lines(path: Path) -> list[Outcome]:
    lines = path.read_text().splitlines() if path.exists() else []
    return [_outcome(json.loads(line)) for line in lines]


def _outcome(fields: dict) -> Outcome:
    # The keys of JSON are strings.
    numbered = {key: {int(m): v for m, v in fields[key].items()} for key in ("errors", "work")}
    return Outcome(**(fields | numbered))
