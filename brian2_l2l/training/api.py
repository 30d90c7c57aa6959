"""The function `train`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import torch

from brian2_l2l import plugins
from brian2_l2l.errors import TrainingError
from brian2_l2l.training.options import check_arguments
from brian2_l2l.training.result import TrainingResult
from brian2_l2l.training.task import Task, check_task


def train(
    mirror: torch.nn.Module,
    task: Task,
    trainer: str | Callable,
    rewiring: str | Callable | None = None,
    rewiring_options: Mapping[str, Any] | None = None,
    report: str | Callable | None = "text",
    **options: Any,
) -> TrainingResult:
    """Train a mirror on a task.

    Parameters
    ----------
    mirror : Mirror
        The network; its parameters are changed in place. ``mirror.write_back()`` then puts them
        into the Brian2 network.
    task : Task
        What to learn, for example a `SupervisedTask`.
    trainer : str or callable
        The name of a trainer that a plugin contributes (``brian2-l2l plugins`` lists them), or a
        function like one: ``trainer(mirror, task, *, report, **options)`` -> `TrainingResult`. A
        trainer that can rewire takes ``rewiring`` too.
    rewiring : str or callable, optional
        The name of a rewiring that a plugin contributes, or a function like one:
        ``rewiring(mirror, optimiser, **options)`` returns an object with ``step()``, which is
        called after each step of the optimiser, ``state_dict()`` and ``load_state_dict(state)``.
    rewiring_options : dict, optional
        The options of the rewiring.
    report : {'text', 'stdout', 'stderr'}, callable or None
        ``'text'`` and ``'stdout'`` show a progress bar on the standard output, ``'stderr'`` on
        the standard error. A callable is called as ``report(elapsed, completed, row)`` after
        every iteration, with the elapsed time (a `Quantity`), the fraction that is done and the
        last row of the history. None is silent.
    **options
        The options of the trainer.

    Returns
    -------
    TrainingResult
        The history and the best value of the followed metric.

    Raises
    ------
    TrainingError
        If an option is not known or not valid, or training cannot go on.
    PluginError
        If no plugin has that trainer or rewiring.
    """
    check_task(task)
    method, name = _find("trainers", trainer)
    if rewiring is not None:
        options["rewiring"] = _rewiring(rewiring, rewiring_options or {})
    elif rewiring_options:
        raise TrainingError(f"rewiring_options={rewiring_options!r} needs a rewiring.")
    check_arguments(f"trainer {name!r}", method, options, taken=("mirror", "task", "report"))
    return method(mirror, task, report=report, **options)


def _rewiring(rewiring: str | Callable, options: Mapping[str, Any]) -> Callable:
    function, name = _find("rewirings", rewiring)
    check_arguments(f"rewiring {name!r}", function, options, taken=("mirror", "optimiser"))
    return partial(function, **options)


def _find(kind: str, plugin: str | Callable) -> tuple[Callable, str]:
    """Return what a plugin contributes, and its name."""
    name = plugin if isinstance(plugin, str) else getattr(plugin, "__name__", repr(plugin))
    return plugins.resolve(kind, plugin), name
