"""How far a presentation has come, in a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from brian2_l2l.errors import TrainingError
from brian2_l2l.training import check_same, describe, load_checkpoint, save_checkpoint
from brian2_l2l_plugins.presentation.jobs import check_values

__all__ = ["Course", "load_course", "save_course"]


@dataclass
class Course:
    """What was asked for, and what there is after some chunks.

    Attributes
    ----------
    asked : dict
        What decides the result; the same for a run that goes on.
    values : dict
        What has been learned.
    history : list of dict
        A row for each chunk.
    """

    asked: Mapping[str, Any]
    values: dict[str, np.ndarray]
    history: list[dict[str, float]] = field(default_factory=list)

    def add(self, row: Mapping[str, float], values: dict[str, np.ndarray]) -> None:
        """Take note of a chunk."""
        before = self.history[-1]["samples"] if self.history else self.asked["before"]
        self.history.append({**row, "samples": before + row["samples"]})
        self.values = values


def save_course(path: Path, course: Course) -> None:
    """Write a course; a file that is there is replaced when the new one is whole."""
    values = {name: torch.from_numpy(found) for name, found in course.values.items()}
    content = {"settings": _settings(course), "values": values, "history": course.history}
    save_checkpoint(path, content)


def load_course(path: Path, begun: Course, learned: Mapping[str, tuple[Any, str]]) -> Course:
    """Return the course in a file, if it is one that began like this and learned the same.

    Raises
    ------
    TrainingError
        If it cannot be read, or what was asked for differs, or the values do not fit.
    """
    try:
        content = load_checkpoint(path)
        values = {name: content["values"][name].numpy() for name in learned}
        saved = content["settings"]
    except (TrainingError, KeyError) as error:
        raise TrainingError(f"{path} holds no presentation of this network: {error}.") from error
    check_same(saved, _settings(begun), path)
    check_values(values, learned)
    return Course(begun.asked, values, content["history"])


def _settings(course: Course) -> dict[str, str]:
    return {name: describe(value) for name, value in course.asked.items()}
