"""What a training run returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class TrainingResult:
    """The course of one training run.

    Attributes
    ----------
    history : tuple of dict
        One row per iteration: ``'iteration'``, ``'epoch'``, ``'train_loss'``, one
        ``'train_<metric>'`` per metric of the task and what the trainer adds (for example
        ``'learning_rate'``). Rows at which a split was evaluated also have ``'<split>_loss'`` and
        ``'<split>_<metric>'``.
    iterations : int
        Number of completed iterations, those before a resume included.
    stopped_by : str
        Why training ended: ``'iterations'``, ``'epochs'`` or ``'early_stopping'``.
    best_metric : str, optional
        Name of the column that was followed.
    best : float, optional
        Best value of that column, None when it was never evaluated.
    best_iteration : int, optional
        The iteration that had the best value.
    """

    history: tuple[dict[str, Any], ...]
    iterations: int
    stopped_by: str
    best_metric: str | None = None
    best: float | None = None
    best_iteration: int | None = None

    def curve(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Return the iterations that have the column `name`, and its values, ready to plot.

        Raises
        ------
        KeyError
            If no row has that column.
        """
        rows = [row for row in self.history if name in row]
        if not rows:
            known = sorted({column for row in self.history for column in row})
            raise KeyError(f"No column {name!r} in the history. There are: {', '.join(known)}.")
        iterations = np.array([row["iteration"] for row in rows])
        return iterations, np.array([row[name] for row in rows])
