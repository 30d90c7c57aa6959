"""Save the whole state of a training run, and go on from it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from brian2.utils.logger import get_logger

from brian2_l2l.errors import TrainingError
from brian2_l2l.training.checkpoint import load_checkpoint, save_checkpoint, set_aside
from brian2_l2l.training.interrupts import shielded
from brian2_l2l.training.parallel import rank_of_process
from brian2_l2l.training.plan import Plan
from brian2_l2l.training.progress import Progress
from brian2_l2l.training.seeds import restore_random_state
from brian2_l2l.training.settings import check_same, describe

logger = get_logger(__name__)


class Saver:
    """Saves a run to the checkpoint of its plan; without a checkpoint it does nothing.

    Parameters
    ----------
    plan : Plan
        Where and when to save.
    parts : dict
        Name -> object with ``state_dict()`` and ``load_state_dict(state)``.
    settings : dict
        Name -> value of what must be the same when the run is resumed.
    """

    def __init__(self, plan: Plan, parts: Mapping[str, Any], settings: Mapping[str, Any]) -> None:
        self.path = None if plan.checkpoint is None else Path(plan.checkpoint)
        self._every = plan.checkpoint_every
        self._parts = parts
        self._settings = {name: describe(value) for name, value in settings.items()}
        self._saved: int | None = None

    def start(self, resume: bool) -> Progress:
        """Return the progress to start from, with all parts in the state that belongs to it."""
        if resume:
            return self._resume()
        if self.path is not None and self.path.exists() and not rank_of_process():
            set_aside(self.path, "training")
        return Progress()

    def save_if_due(self, progress: Progress, at_end: bool) -> None:
        """Save at the start, at the end, and as often as planned."""
        if self.path is None or progress.iteration == self._saved:
            return
        if self._every is None:
            due = progress.iteration == progress.evaluated
        else:
            due = progress.iteration % self._every == 0
        if due or at_end:
            self.save(progress)

    def save(self, progress: Progress) -> None:
        """Save now."""
        content = {
            "settings": self._settings,
            "parts": {name: part.state_dict() for name, part in self._parts.items()},
            "progress": progress.state_dict(),
        }
        with shielded():
            # All processes have the same to save.
            if not rank_of_process():
                save_checkpoint(self.path, content)
            self._saved = progress.iteration

    def save_interrupted(self, progress: Progress) -> None:
        """Save after Ctrl-C, and say how to go on."""
        done = f"Training was interrupted after iteration {progress.iteration}."
        if self.path is None:
            logger.warn(f"{done} Nothing was saved; give checkpoint='path' to be able to go on.")
            return
        self.save(progress)
        logger.info(f"{done} To go on from {self.path}, train the same with resume=True.")

    def _resume(self) -> Progress:
        content = load_checkpoint(self.path)
        check_same(content["settings"], self._settings, self.path)
        if set(content["parts"]) != set(self._parts):
            raise TrainingError(
                f"Cannot resume from {self.path}: it has the state of "
                f"{', '.join(content['parts'])}; this run has {', '.join(self._parts)}."
            )
        for name, part in self._parts.items():
            try:
                part.load_state_dict(content["parts"][name])
            except (RuntimeError, ValueError, KeyError) as error:
                raise TrainingError(
                    f"Cannot resume from {self.path}: the state of the {name} does not fit. {error}"
                ) from error
        progress = Progress.restored(content["progress"])
        self._saved = progress.iteration
        restore_random_state(progress.random)
        return progress
