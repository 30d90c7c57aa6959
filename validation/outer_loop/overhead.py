"""Measure what an evaluation takes longer than the C++ program alone."""

import os
import statistics
import subprocess
import time
from collections.abc import Callable

from brian2.devices.cpp_standalone.device import cpp_standalone_device

from brian2_l2l_plugins.l2l import evolve
from brian2_l2l_plugins.l2l.evolution.executors import Task, make_executor

from .network import EVALUATION, PARAMETERS, VALUES, nothing


def bare_program() -> Callable[[], None]:
    """Return a function that runs the program of `EVALUATION`, and nothing else."""
    EVALUATION(VALUES, 1)
    folder, results = cpp_standalone_device.project_dir, cpp_standalone_device.results_dir
    given = [f"{name}={float(value)!r}" for name, value in VALUES.items()]
    command = [os.path.join(folder, "main"), "--results_dir", results, *given]
    environment = {**os.environ, "BRIAN2_L2L_SEED": "1"}
    return lambda: subprocess.run(
        command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, check=True
    )


def measure_overhead(number: int, say: Callable[[str], None]) -> dict:
    """
    Measure evaluations in turns with the program alone, and evaluations of nothing.

    Parameters
    ----------
    number : int
        Of evaluations.
    say : callable
        Told what goes on.

    Returns
    -------
    seconds : dict
        ``'program'``: the median time of the program alone. ``'overhead'``: for each executor the
        median of the differences to the program run just before. ``'nothing'``: for each executor
        the mean time of an evaluation that does nothing, in a population of them.
    """
    say("overhead: the program alone")
    program, found = bare_program(), {"overhead": {}, "nothing": {}, "program": None}
    programs = []
    for name in ("serial", "processes", "dask"):
        say(f"overhead: {name}")
        executor = make_executor(name, EVALUATION, 1, {})
        try:
            # The first evaluation compiles.
            _one(executor)
            differences = []
            for _ in range(number):
                alone, whole = _seconds(program), _seconds(lambda: _one(executor))  # noqa: B023
                programs.append(alone)
                differences.append(whole - alone)
        finally:
            executor.close()
        found["overhead"][name] = statistics.median(differences)
        found["nothing"][name] = _nothing(name, number)
    found["program"] = statistics.median(programs)
    return found


def _one(executor) -> None:
    ((_, cost),) = executor.evaluate([Task(0, VALUES, 1)])
    if not isinstance(cost, float):
        raise RuntimeError(cost.details)


def _seconds(function: Callable) -> float:
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def _nothing(name: str, population: int) -> float:
    """Return the time of an evaluation, from generations that follow the first."""
    times = []

    def report(elapsed, completed, row):
        times.append(time.perf_counter())

    evolve(
        nothing,
        PARAMETERS,
        generations=4,
        population=population,
        executor=name,
        workers=None if name == "serial" else 2,
        report=report,
    )
    return (times[-1] - times[0]) / (len(times) - 1) / population
