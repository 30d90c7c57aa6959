"""How long to train, when to evaluate, stop and save: the options that all trainers share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from brian2_l2l.errors import TrainingError
from brian2_l2l.training.checkpoint import check_checkpoint_path
from brian2_l2l.training.options import check_choice, check_count, check_flag
from brian2_l2l.training.parallel import number_of_processes, rank_of_process
from brian2_l2l.training.seeds import order_generator, seed_everything
from brian2_l2l.training.task import Task, check_split


@dataclass(frozen=True)
class Plan:
    """The course of a training run.

    Attributes
    ----------
    iterations : int, optional
        Stop after so many updates. Either this or `epochs` must be given.
    epochs : int, optional
        Stop after so many passes through the training split.
    batch_size : int, optional
        Trials per update; ``mirror.batch_size`` when left out.
    evaluate : str or sequence of str, optional
        The splits to evaluate during training. Left out: ``'validation'`` if the task has it.
    evaluate_every : int, optional
        Evaluate after every so many iterations; after every epoch when left out. Training always
        ends with an evaluation.
    early_stopping : str, optional
        A column of the history, such as ``'validation_accuracy'``. Training stops when it did not
        improve in `patience` evaluations in a row. A ``'train_...'`` column is averaged since the
        evaluation before.
    patience : int
        See `early_stopping`.
    mode : {'min', 'max'}, optional
        Which values of the followed column are better. Left out: ``'min'`` for names that end in
        loss, error or penalty, ``'max'`` for others.
    restore_best : bool
        Whether to end with the parameters of the best evaluation instead of the last ones.
    checkpoint : path, optional
        The file to save to: at the end, on Ctrl-C, and every `checkpoint_every` iterations.
    checkpoint_every : int, optional
        Left out: at every evaluation.
    resume : bool
        Whether to go on from `checkpoint`. On the CPU the result is bit for bit that of a run
        without a stop.
    seed : int, optional
        Seeds everything that is random in training. Left out: the generators are used as they
        are. Processes that train together need one.
    tensorboard : path, optional
        The folder to which the history is written for TensorBoard, row by row.
    """

    iterations: int | None = None
    epochs: int | None = None
    batch_size: int | None = None
    evaluate: str | Sequence[str] | None = None
    evaluate_every: int | None = None
    early_stopping: str | None = None
    patience: int = 10
    mode: str | None = None
    restore_best: bool = False
    checkpoint: str | Path | None = None
    checkpoint_every: int | None = None
    resume: bool = False
    seed: int | None = None
    tensorboard: str | Path | None = None

    def __post_init__(self) -> None:
        if (self.iterations is None) == (self.epochs is None):
            raise TrainingError(
                f"Give either iterations or epochs, not iterations={self.iterations!r} with "
                f"epochs={self.epochs!r}."
            )
        counts = ("iterations", "epochs", "batch_size", "evaluate_every", "checkpoint_every")
        for option in counts:
            if getattr(self, option) is not None:
                check_count(option, getattr(self, option))
        check_count("patience", self.patience)
        check_choice("mode", self.mode, ["min", "max", None])
        check_flag("restore_best", self.restore_best)
        self._check_checkpoint()
        if self.seed is not None:
            check_count("seed", self.seed, least=0)
            if self.seed >= 2**32:
                raise TrainingError(f"seed={self.seed} must be below 2**32 = {2**32}.")

    def _check_checkpoint(self) -> None:
        check_flag("resume", self.resume)
        if self.checkpoint is not None:
            check_checkpoint_path(self.checkpoint, "training.checkpoint")
        elif self.resume or self.checkpoint_every is not None:
            option = "resume" if self.resume else "checkpoint_every"
            raise TrainingError(
                f"{option}={getattr(self, option)!r} needs the file: checkpoint='path'."
            )

    def seed_everything(self) -> torch.Generator:
        """Seed all that is random, if a seed is given; return the generator of the data order."""
        if self.seed is not None:
            # Processes that train together have the same order of data, and noise of their own.
            seed_everything((self.seed + rank_of_process()) % 2**32)
        elif number_of_processes() > 1:
            raise TrainingError(
                "Processes that train together need the same order of data: seed=0."
            )
        return order_generator(self.seed)

    def splits(self, task: Task) -> tuple[str, ...]:
        """Return the splits to evaluate during training of this task."""
        if self.evaluate is None:
            return ("validation",) if "validation" in task.splits else ()
        splits = (self.evaluate,) if isinstance(self.evaluate, str) else tuple(self.evaluate)
        for split in splits:
            check_split(task, split)
        return splits

    def followed(self, splits: Sequence[str]) -> str:
        """Return the column whose best value is kept."""
        return self.early_stopping or f"{splits[0] if splits else 'train'}_loss"

    def better(self, column: str, value: float, best: float | None) -> bool:
        """Whether `value` is better than the best one so far."""
        if best is None:
            return value == value
        if self.mode == "min" or (
            self.mode is None and column.endswith(("loss", "error", "penalty"))
        ):
            return value < best
        return value > best
