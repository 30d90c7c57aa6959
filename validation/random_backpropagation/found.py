"""What was found so far, kept line by line, so that a killed run goes on where it was."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from .learning import Outcome

__all__ = ["Found"]


class Found:
    """
    The outcomes of this run, and with ``resume`` those that an earlier one has left.

    Parameters
    ----------
    path : Path
        The file with one line for each outcome.
    resume : bool
        Whether the file is read; otherwise it begins anew.
    """

    def __init__(self, path: Path, resume: bool):
        self.path = path
        lines = path.read_text().splitlines() if resume and path.exists() else []
        known = [_outcome(json.loads(line)) for line in lines]
        self._outcomes = {(outcome.name, outcome.seed): outcome for outcome in known}
        if not lines:
            path.unlink(missing_ok=True)

    def get(self, name: str, seed: int) -> Outcome | None:
        """Give the outcome of a case and seed; None if there is none yet."""
        return self._outcomes.get((name, seed))

    def add(self, outcome: Outcome) -> None:
        """Keep an outcome."""
        self._outcomes[outcome.name, outcome.seed] = outcome
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a") as file:
            file.write(f"{json.dumps(asdict(outcome))}\n")


def _outcome(fields: dict) -> Outcome:
    # The keys of JSON are strings.
    numbered = {key: {int(m): v for m, v in fields[key].items()} for key in ("errors", "work")}
    return Outcome(**(fields | numbered))
