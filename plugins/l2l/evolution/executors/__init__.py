"""What runs a population, by the names that users give."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from brian2_l2l.training import check_arguments, check_choice, check_count
from brian2_l2l_plugins.l2l.evolution.executors.dask_cluster import DaskExecutor
from brian2_l2l_plugins.l2l.evolution.executors.processes import ProcessExecutor
from brian2_l2l_plugins.l2l.evolution.executors.serial import SerialExecutor
from brian2_l2l_plugins.l2l.evolution.executors.tasks import (
    Executor,
    Failure,
    LostTaskError,
    Task,
)

__all__ = ["EXECUTORS", "Executor", "Failure", "LostTaskError", "Task", "make_executor"]

EXECUTORS = {"serial": SerialExecutor, "processes": ProcessExecutor, "dask": DaskExecutor}


def make_executor(
    executor: str, inner: Callable, workers: int | None, options: Mapping[str, Any]
) -> Executor:
    """Make an executor.

    Parameters
    ----------
    executor : {'serial', 'processes', 'dask'}
    inner : callable
        The inner function.
    workers : int, optional
        The number of processes.
    options : dict
        The other arguments of the executor.

    Raises
    ------
    TrainingError
        If there is no such executor or option, the inner function cannot be sent to processes, or
        a package is missing.
    """
    check_choice("executor", executor, EXECUTORS)
    if workers is not None:
        check_count("workers", workers)
    make = EXECUTORS[executor]
    check_arguments(f"executor {executor!r}", make, options, taken=("inner", "workers"))
    return make(inner, workers, **options)
