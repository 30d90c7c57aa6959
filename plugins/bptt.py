"""Backpropagation through time with an optimiser of torch.

The loss of a batch is differentiated through all time steps of the mirror (Werbos 1990,
Proceedings of the IEEE 78:1550), with surrogate gradients at the spikes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from brian2 import Hz, Quantity

from brian2_l2l import training
from brian2_l2l.hookspecs import hookimpl


@dataclass(frozen=True)
class Options:
    """The options of this trainer, besides those of `brian2_l2l.training.Plan`.

    Attributes
    ----------
    optimiser : str
        A class of ``torch.optim``.
    learning_rate : float
        The learning rate at the start.
    optimiser_options : dict, optional
        More arguments of the optimiser, such as ``{'betas': (0.9, 0.99)}``.
    schedule : str, optional
        A class of ``torch.optim.lr_scheduler``, which takes one step per iteration. Left out: the
        learning rate is constant.
    schedule_options : dict, optional
        The arguments of the schedule, such as ``{'step_size': 2500, 'gamma': 0.8}``.
    clip_gradient : float, optional
        The largest norm of the gradient of all parameters together; a larger one is scaled down.
    rate_groups : sequence of NeuronGroup or str
        The groups whose firing rates are watched: a silent or saturated one gives a warning.
    rate_target : Quantity
        The rate to keep these groups at, if there is a `rate_weight`.
    rate_weight : Quantity, optional
        The weight, in seconds squared, of the squared distances of the neurons' mean rates from
        `rate_target`, which are summed and added to the loss. ``0.1*ms**2`` is the weight of
        Bellec et al. 2018 (NeurIPS).
    """

    optimiser: str = "Adam"
    learning_rate: float = 1e-3
    optimiser_options: Mapping[str, Any] | None = None
    schedule: str | None = None
    schedule_options: Mapping[str, Any] | None = None
    clip_gradient: float | None = None
    rate_groups: Sequence[Any] = ()
    rate_target: Quantity = field(default_factory=lambda: 10 * Hz)
    rate_weight: Quantity | None = None


class Update:
    """One update of the mirror's parameters from one batch.

    Parameters
    ----------
    mirror, task
        See `bptt`.
    options : Options
        The options.
    rewiring : callable, optional
        See `bptt`.
    """

    def __init__(
        self,
        mirror: torch.nn.Module,
        task: training.Task,
        options: Options,
        rewiring: Callable | None = None,
    ) -> None:
        if options.clip_gradient is not None:
            training.check_positive("clip_gradient", options.clip_gradient)
        self.mirror, self.task, self.clip = mirror, task, options.clip_gradient
        self.rates = training.firing_rates(
            options.rate_groups, task.duration, options.rate_target, options.rate_weight
        )
        self.guard = training.ActivityGuard(float(mirror.dt))
        self.together = training.Together(mirror, self._run)
        self.optimiser = training.make_optimiser(
            mirror, options.optimiser, options.learning_rate, options.optimiser_options
        )
        self.schedule = training.make_schedule(
            self.optimiser, options.schedule, options.schedule_options
        )
        self.rewiring = rewiring(mirror, self.optimiser) if rewiring is not None else None

    @property
    def parts(self) -> dict[str, Any]:
        """What the update remembers from one iteration to the next."""
        parts = {
            "optimiser": self.optimiser,
            "schedule": self.schedule,
            "rewiring": self.rewiring,
        }
        return {name: part for name, part in parts.items() if part is not None}

    def compute(self, batch: training.Batch, iteration: int) -> dict[str, float]:
        """Put the gradient of the loss of a batch into the parameters."""
        batch, weight = self.together.share(batch)
        record = self.together.run(batch)
        loss = self.task.loss(record, batch.targets)
        columns = self.differentiate(loss, record, iteration, weight)
        measured = training.measure(self.task, record, batch, loss)
        measured = training.pool_processes(measured)
        return {
            **{f"train_{name}": average.value for name, average in measured.items()},
            **columns,
            "learning_rate": self.learning_rate,
        }

    def _run(self, batch: training.Batch) -> Mapping[tuple, torch.Tensor]:
        return training.run_batch(self.mirror, self.task, batch, self.rates.record)

    def differentiate(
        self,
        loss: torch.Tensor,
        record: Mapping[tuple, torch.Tensor],
        iteration: int,
        weight: float = 1.0,
    ) -> dict[str, float]:
        """Put the gradient of a loss and the penalty on rates into the parameters.

        Parameters
        ----------
        loss : torch.Tensor
        record : Record
            Of the run that the loss is made of; has the rates.
        iteration : int
        weight : float
            What loss and penalty count.

        Returns
        -------
        columns : dict
            Of the history.
        """
        rates = self.rates.rates(record)
        penalty = self.rates.penalty(rates)
        self.guard.check(rates, iteration)
        training.check_loss(loss + penalty, self.mirror, iteration)
        self.optimiser.zero_grad()
        (weight * (loss + penalty)).backward()
        training.check_gradients(self.mirror, iteration)
        return {
            **({"rate_penalty": penalty.item()} if self.rates.weight else {}),
            **{f"rate_{group}": rate.mean().item() for group, rate in rates.items()},
            **self._clip_gradient(),
        }

    @property
    def learning_rate(self) -> float:
        """The present learning rate."""
        return float(self.optimiser.param_groups[0]["lr"])

    def apply(self) -> None:
        """Change the parameters, then the connections, then the learning rate."""
        self.step()
        if self.schedule is not None:
            self.schedule.step()

    def step(self) -> None:
        """Change the parameters, then the connections."""
        self.optimiser.step()
        if self.rewiring is not None:
            self.rewiring.step()

    def _clip_gradient(self) -> dict[str, float]:
        if self.clip is None:
            return {}
        norm = torch.nn.utils.clip_grad_norm_(self.mirror.parameters(), self.clip)
        return {"gradient_norm": float(norm)}


def bptt(
    mirror: torch.nn.Module,
    task: training.Task,
    *,
    report: str | Callable | None = None,
    rewiring: Callable | None = None,
    **options: Any,
) -> training.TrainingResult:
    """Train a mirror by backpropagation through time.

    Several processes train together if ``torch.distributed`` has a process group: each of them runs
    a part of every batch, and their gradients are averaged. The penalty on rates is then that of
    each part.

    Parameters
    ----------
    mirror : Mirror
        The network.
    task : Task
        What to learn.
    report : {'text', 'stdout', 'stderr'}, callable or None
        See `brian2_l2l.training.train`.
    rewiring : callable, optional
        ``rewiring(mirror, optimiser)`` returns an object with ``step()``, called after each step
        of the optimiser, ``state_dict()`` and ``load_state_dict(state)``.
    **options
        The fields of `Options` and of `brian2_l2l.training.Plan`.

    Raises
    ------
    TrainingError
        If an option is not known or not valid, or the loss or its gradient is not finite.
    """
    plan, own = training.make_options("trainer 'bptt'", options, training.Plan, Options)
    generator = plan.seed_everything()
    update = Update(mirror, task, own, rewiring)
    settings = {**vars(own), "rewiring": rewiring}
    method = training.Method(mirror, update.compute, update.apply, update.parts, settings)
    return training.Loop(method, task, plan, generator, report).run()


@hookimpl
def trainers() -> Mapping[str, Callable]:
    """Contribute this trainer."""
    return {"bptt": bptt}
