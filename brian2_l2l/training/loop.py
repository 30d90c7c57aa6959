"""The training loop, for any method that improves a mirror batch by batch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing

import torch

from brian2_l2l.training.data_order import DataOrder
from brian2_l2l.training.evaluation import evaluate
from brian2_l2l.training.interrupts import shielded
from brian2_l2l.training.method import Method
from brian2_l2l.training.options import check_choice
from brian2_l2l.training.parallel import rank_of_process
from brian2_l2l.training.plan import Plan
from brian2_l2l.training.report import make_report
from brian2_l2l.training.result import TrainingResult
from brian2_l2l.training.saving import Saver
from brian2_l2l.training.settings import describe_network
from brian2_l2l.training.task import Task


class Loop:
    """Updates, evaluates, saves and stops as planned.

    Parameters
    ----------
    method : Method
        How to update.
    task : Task
        What to learn.
    plan : Plan
        How long, and when to evaluate, save and stop.
    generator : torch.Generator
        Decides the order of the data; nothing else may draw from it.
    report : {'text', 'stdout', 'stderr'}, callable or None
        See `brian2_l2l.training.train`.

    Raises
    ------
    TrainingError
        If the plan does not fit the task, or the checkpoint does not fit the run.
    """

    def __init__(
        self,
        method: Method,
        task: Task,
        plan: Plan,
        generator: torch.Generator,
        report: str | Callable | None = None,
    ) -> None:
        self.method, self.task, self.plan = method, task, plan
        self.batch_size = plan.batch_size or method.mirror.batch_size
        self.splits = plan.splits(task)
        self.followed = plan.followed(self.splits)
        self.data = DataOrder(task, self.batch_size, generator)
        self.saver = Saver(
            plan,
            parts={"mirror": method.mirror, "data": self.data, **method.parts},
            settings={
                "what the network is made of": describe_network(
                    method.mirror.source, method.mirror.constants
                ),
                "batch_size": self.batch_size,
                "seed": plan.seed,
                "followed column": self.followed,
                **method.settings,
            },
        )
        self.progress = self.saver.start(plan.resume)
        # One of several processes is enough to tell of it.
        told = (None, None) if rank_of_process() else (report, plan.tensorboard)
        self.report = make_report(told[0], self._completed(), told[1])

    def run(self) -> TrainingResult:
        """Train to the end.

        Raises
        ------
        KeyboardInterrupt
            On Ctrl-C, after a checkpoint of the last completed iteration was written.
        """
        self.method.mirror.train()
        try:
            with closing(self.report):
                stopped_by = self._iterate()
        except KeyboardInterrupt:
            self.saver.save_interrupted(self.progress)
            raise
        if self.plan.restore_best and self.progress.best_state is not None:
            self.method.mirror.load_state_dict(self.progress.best_state)
        return self.progress.result(self.followed, stopped_by)

    def _iterate(self) -> str:
        while True:
            if self._evaluation_due():
                self._evaluate()
            reason = self._stop_reason()
            self.saver.save_if_due(self.progress, at_end=reason is not None)
            if reason:
                return reason
            self._advance()

    def _advance(self) -> None:
        epoch, iteration = self.data.epoch + 1, self.progress.iteration + 1
        columns = self.method.compute(self.data.current(), iteration)
        if iteration == 1:
            self._check_followed(columns)
        with shielded():
            self.method.apply()
            self.data.advance()
            self.progress.complete(epoch, columns)
        self._tell()

    def _check_followed(self, columns: Mapping[str, float]) -> None:
        metrics = [name.removeprefix("train_") for name in columns if name.startswith("train_")]
        known = [f"{split}_{name}" for split in (*self.splits, "train") for name in metrics]
        check_choice("early_stopping", self.followed, known)

    def _evaluate(self) -> None:
        mirror = self.method.mirror
        columns = {
            f"{split}_{name}": value
            for split in self.splits
            for name, value in evaluate(
                mirror, self.task, split, self.batch_size, together=True
            ).items()
        }
        with shielded():
            best = self.progress.evaluate(columns, self.followed, self.plan)
            if best and self.plan.restore_best:
                self.progress.best_state = {
                    name: value.detach().clone() for name, value in mirror.state_dict().items()
                }
        self._tell()

    def _evaluation_due(self) -> bool:
        iteration = self.progress.iteration
        if iteration == self.progress.evaluated:
            return False
        if self.plan.evaluate_every is None:
            return self.data.position == 0 or self._planned_end() is not None
        return iteration % self.plan.evaluate_every == 0 or self._planned_end() is not None

    def _stop_reason(self) -> str | None:
        if self.plan.early_stopping is not None and self.progress.waited >= self.plan.patience:
            return "early_stopping"
        return self._planned_end()

    def _planned_end(self) -> str | None:
        if self.plan.iterations is not None:
            return "iterations" if self.progress.iteration >= self.plan.iterations else None
        return "epochs" if self.data.epoch >= self.plan.epochs else None

    def _completed(self) -> float:
        if self.plan.iterations is not None:
            return min(self.progress.iteration / self.plan.iterations, 1.0)
        return min(self.data.completed_epochs() / self.plan.epochs, 1.0)

    def _tell(self) -> None:
        row = self.progress.history[-1]
        self.report.update(self.progress.iteration, self._completed(), row)
