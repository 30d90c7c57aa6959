"""Optimisers and learning-rate schedules of torch, by name."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import torch
from torch.optim import Optimizer, lr_scheduler

from brian2_l2l.errors import TrainingError
from brian2_l2l.training.options import check_arguments, check_choice, check_positive

# LBFGS calls the network several times per step, which a training loop cannot follow.
_NO_OPTIMISER = {"Optimizer", "LBFGS"}
# These are made of other schedules, or step on a metric instead of an iteration.
_NO_SCHEDULE = {"LRScheduler", "SequentialLR", "ChainedScheduler", "ReduceLROnPlateau"}


def _classes(module: Any, base: type, leave_out: set[str]) -> dict[str, type]:
    return {
        name: kind
        for name, kind in sorted(vars(module).items())
        if inspect.isclass(kind) and issubclass(kind, base)
        if not name.startswith("_") and name not in leave_out
    }


def optimiser_classes() -> dict[str, type[Optimizer]]:
    """Return the optimisers of the installed torch, by name."""
    return _classes(torch.optim, Optimizer, _NO_OPTIMISER)


def schedule_classes() -> dict[str, type[lr_scheduler.LRScheduler]]:
    """Return the learning-rate schedules of the installed torch, by name."""
    return _classes(lr_scheduler, lr_scheduler.LRScheduler, _NO_SCHEDULE)


def make_optimiser(
    mirror: torch.nn.Module,
    name: str,
    learning_rate: float,
    options: Mapping[str, Any] | None = None,
) -> Optimizer:
    """Make an optimiser for all trainable parameters of a mirror.

    Parameters
    ----------
    mirror : Mirror
        The network.
    name : str
        A class of ``torch.optim``.
    learning_rate : float
        The learning rate, above 0.
    options : dict, optional
        More arguments of that class, such as ``{'betas': (0.9, 0.99)}``.

    Raises
    ------
    TrainingError
        If the name is not known, an argument is refused, or nothing is trainable.
    """
    check_positive("learning_rate", learning_rate)
    kind = optimiser_classes()[check_choice("optimiser", name, optimiser_classes())]
    parameters = [value for value in mirror.parameters() if value.requires_grad]
    if not parameters:
        raise TrainingError(
            "The mirror has nothing to train. Name it when making the mirror: "
            "l2l.mirror(net, trainable=[(synapses, 'w')])."
        )
    if options and "lr" in options:
        raise TrainingError(
            f"optimiser_options={options!r}: give the learning rate as learning_rate, not as 'lr'."
        )
    options = {"lr": learning_rate, **(options or {})}
    return _make("optimiser", name, kind, parameters, options)


def make_schedule(
    optimiser: Optimizer, name: str | None, options: Mapping[str, Any] | None = None
) -> lr_scheduler.LRScheduler | None:
    """Make a learning-rate schedule that takes one step per iteration.

    Parameters
    ----------
    optimiser : Optimizer
        The optimiser whose learning rate is changed.
    name : str or None
        A class of ``torch.optim.lr_scheduler``; None for a constant learning rate.
    options : dict, optional
        The arguments of that class, such as ``{'step_size': 2500, 'gamma': 0.8}``.

    Raises
    ------
    TrainingError
        If the name is not known or an argument is refused.
    """
    if name is None:
        if options:
            raise TrainingError(f"schedule_options={options!r} needs a schedule.")
        return None
    kind = schedule_classes()[check_choice("schedule", name, [*schedule_classes(), None])]
    return _make("schedule", name, kind, optimiser, options or {})


def _make(option: str, name: str, kind: type, changes: Any, options: Mapping[str, Any]) -> Any:
    first = next(iter(inspect.signature(kind).parameters))
    check_arguments(f"{option} {name!r}", kind, options, taken=[first])
    try:
        return kind(changes, **options)
    except (TypeError, ValueError, RuntimeError) as error:
        raise TrainingError(f"{option}={name!r} refuses its options {options}: {error}") from error
