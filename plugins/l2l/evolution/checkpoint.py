"""Save a run after each generation, and go on from there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from brian2.utils.logger import get_logger

from brian2_l2l.errors import TrainingError
from brian2_l2l.training import (
    check_checkpoint_path,
    check_same,
    describe,
    load_checkpoint,
    save_checkpoint,
    set_aside,
)

logger = get_logger(__name__)


class Checkpoint:
    """The file of a run; without a path it does nothing.

    Parameters
    ----------
    path : path, optional
    parts : dict
        Name -> object with ``state_dict()`` and ``load_state_dict(state)``.
    settings : dict
        Name -> value of what must be the same when the run goes on.
    """

    def __init__(
        self, path: str | Path | None, parts: Mapping[str, Any], settings: Mapping[str, Any]
    ) -> None:
        if path is not None:
            check_checkpoint_path(path, "run.checkpoint")
        self._path = None if path is None else Path(path)
        self._parts = parts
        self._settings = {name: describe(value) for name, value in settings.items()}

    def start(self, resume: bool) -> None:
        """Let all parts go on from the file, if this is wanted and there is one.

        Raises
        ------
        TrainingError
            If the file is of another run.
        """
        if self._path is None:
            if resume:
                raise TrainingError("resume=True needs the file: checkpoint='path'.")
        elif not self._path.exists():
            if resume:
                logger.info(f"There is no checkpoint {self._path} yet: evolution starts anew.")
        elif resume:
            self._load()
        else:
            set_aside(self._path, "evolution")

    def _load(self) -> None:
        content = load_checkpoint(self._path)
        if not self._content().keys() <= content.keys():
            raise TrainingError(f"{self._path} is no checkpoint of an evolution.")
        check_same(content["settings"], self._settings, self._path)
        for name, part in self._parts.items():
            part.load_state_dict(content[name])

    def save(self) -> None:
        """Write the file anew; it is always whole."""
        if self._path is not None:
            save_checkpoint(self._path, self._content())

    def _content(self) -> dict[str, Any]:
        states = {name: part.state_dict() for name, part in self._parts.items()}
        return {"settings": self._settings, **states}

    def say_interrupted(self, generations: int) -> None:
        """Say after Ctrl-C how to go on."""
        done = f"Evolution was interrupted after {generations} generations."
        if self._path is None:
            logger.warn(f"{done} Nothing was saved; give checkpoint='path' to be able to go on.")
        elif generations:
            logger.info(f"{done} To go on from {self._path}, give the same with resume=True.")
