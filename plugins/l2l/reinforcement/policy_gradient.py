"""Policy gradients by backpropagation through whole episodes.

The network first acts, step by step and without gradients. Then it runs once more through the whole
episodes, with the inputs that it had: it is deterministic, so that it does the same again, and this
run has gradients. An episode costs so little that a batch serves several updates; the ratio of
probabilities is clipped (proximal policy optimisation).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from brian2_l2l import training
from brian2_l2l.errors import TrainingError
from brian2_l2l_plugins import bptt
from brian2_l2l_plugins.l2l.reinforcement.objective import Objective

__all__ = ["Options", "PolicyUpdate", "policy_gradient"]

#: What a task needs besides the members of `brian2_l2l.training.Task`.
MEMBERS = ("run", "decisions", "policy", "value")


@dataclass(frozen=True)
class Options(bptt.Options):
    """The options of this trainer, besides those of `Objective` and `brian2_l2l.training.Plan`.

    They are those of the trainer ``'bptt'`` and:

    Attributes
    ----------
    updates : int
        The updates from each batch of episodes.
    """

    updates: int = 3


class PolicyUpdate(bptt.Update):
    """The updates of the mirror's parameters from one batch of episodes.

    Parameters
    ----------
    mirror, task
        See `policy_gradient`.
    options : Options
    objective : Objective
    rewiring : callable, optional
        See `policy_gradient`.
    """

    def __init__(self, mirror, task, options: Options, objective: Objective, rewiring=None) -> None:
        missing = [name for name in MEMBERS if not hasattr(task, name)]
        if missing:
            raise TrainingError(
                f"task={task!r} has no {', '.join(missing)}. The trainer 'policy_gradient' needs "
                "a task in which the network acts, such as NavigationTask."
            )
        if training.number_of_processes() > 1:
            raise TrainingError(
                "The trainer 'policy_gradient' works in one process. Start your script without "
                "torchrun."
            )
        training.check_count("updates", options.updates)
        super().__init__(mirror, task, options, rewiring)
        self.updates, self.objective = options.updates, objective
        self._again: Callable[[], Any] = lambda: None

    def compute(self, batch: training.Batch, iteration: int) -> dict[str, float]:
        """Let the network act, and put the gradient of the loss into the parameters."""
        episodes = training.run_batch(self.mirror, self.task, batch)
        experience = self.objective.judge(self.task, episodes)
        loss = self.task.loss(episodes, batch.targets)
        measured = training.measure(self.task, episodes, batch, loss)
        columns = self._run_again(episodes, experience, iteration, unchanged=True)
        self._again = lambda: self._run_again(episodes, experience, iteration)
        return {
            **{f"train_{name}": average.value for name, average in measured.items()},
            **columns,
            "learning_rate": self.learning_rate,
        }

    def apply(self) -> None:
        """Change the parameters, and once more for each of the other updates."""
        self.step()
        for _ in range(self.updates - 1):
            self._again()
            self.step()
        if self.schedule is not None:
            self.schedule.step()

    def _run_again(
        self, episodes, experience, iteration: int, unchanged: bool = False
    ) -> dict[str, float]:
        keys = [*self.task.record, *self.rates.record]
        record = self.mirror.run(self.task.duration, inputs=episodes.inputs, record=keys)
        readouts = self.task.decisions(record)
        if unchanged:
            _check_repeated(readouts, episodes.readouts)
        loss, columns = self.objective.loss(self.task, readouts, experience)
        return {**columns, **self.differentiate(loss, record, iteration)}


def _check_repeated(readouts: torch.Tensor, before: torch.Tensor) -> None:
    if not torch.allclose(readouts.detach(), before, rtol=1e-3, atol=1e-3):
        raise TrainingError(
            "The network does not do the same again with the same inputs, which the trainer "
            "'policy_gradient' needs. Take random numbers out of its equations, and give it its "
            "noise as input spikes."
        )


def policy_gradient(
    mirror: torch.nn.Module,
    task: training.Task,
    *,
    report: str | Callable | None = None,
    rewiring: Callable | None = None,
    **options: Any,
) -> training.TrainingResult:
    """Train a mirror to act so that it gets more rewards.

    Parameters
    ----------
    mirror : Mirror
        The network, without random numbers of its own.
    task : Task
        One in which the network acts, such as `brian2_l2l.tasks.NavigationTask`:
        ``run(mirror, batch, more)`` returns episodes with ``inputs``, ``readouts [step, trial,
        neuron]``, ``actions``, ``rewards [step, trial]`` and ``free [step, trial]``, which tells
        the actions that did anything; ``decisions(record)`` returns the readouts at the ends of the
        steps; ``policy(readouts)`` has ``log_probability(actions)`` and ``entropy()``;
        ``value(readouts)`` estimates the rewards to come.
    report : {'text', 'stdout', 'stderr'}, callable or None
        See `brian2_l2l.training.train`.
    rewiring : callable, optional
        ``rewiring(mirror, optimiser)`` returns an object with ``step()``, called after each step
        of the optimiser, ``state_dict()`` and ``load_state_dict(state)``.
    **options
        The fields of `Options`, of `Objective` and of `brian2_l2l.training.Plan`.

    Raises
    ------
    TrainingError
        If an option is not known or not valid, the task lacks something, the network is random, or
        the loss or its gradient is not finite.
    """
    plan, own, objective = training.make_options(
        "trainer 'policy_gradient'", options, training.Plan, Options, Objective
    )
    generator = plan.seed_everything()
    update = PolicyUpdate(mirror, task, own, objective, rewiring)
    settings = {**vars(own), **vars(objective), "rewiring": rewiring}
    method = training.Method(mirror, update.compute, update.apply, update.parts, settings)
    return training.Loop(method, task, plan, generator, report).run()
