"""Run a network again and again with other values, on the device that is set."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from brian2 import Group, Network, SpikeMonitor, TimedArray, get_device
from brian2 import seed as brian_seed
from brian2.devices.cpp_standalone.device import CPPStandaloneDevice
from brian2.units import Quantity

from brian2_l2l.errors import TrainingError
from brian2_l2l_plugins.l2l.evolution.standalone.device import (
    SEED_CODE,
    SEED_VARIABLE,
    environment,
)

__all__ = ["Engine", "Job", "make_engine", "put_values", "values_of"]

#: The name under which a network is stored at rest.
REST = "brian2_l2l at rest"


@dataclass(frozen=True, eq=False)
class Job:
    """What an engine runs, and what is read from it.

    Attributes
    ----------
    net : Network
    duration : Quantity
    namespace : mapping
    output : Group
        Whose spikes are wanted with their times.
    sources : sequence of Group
        Whose spikes are counted.
    learned : mapping of str to tuple
        ``(group, variable)`` by name.
    """

    net: Network
    duration: Quantity
    namespace: Mapping[str, Any]
    output: Group
    sources: Sequence[Group]
    learned: Mapping[str, tuple[Any, str]]


class Engine(Protocol):
    """Runs a network from its start; the rest is about the latest run."""

    def run(
        self, arrays: Mapping[TimedArray, np.ndarray], start: Mapping[str, np.ndarray], seed: int
    ) -> None:
        """Run with these contents of TimedArrays, start values of what is learned, and seed."""

    def answers(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the times of the spikes of the output in seconds, and their neurons."""

    def counts(self) -> dict[str, np.ndarray]:
        """Return the number of spikes ``(neuron,)`` of each source, by its name."""

    def values(self) -> dict[str, np.ndarray]:
        """Return what was learned, by name, in SI units."""


def values_of(job: Job) -> dict[str, np.ndarray]:
    """Return the values that Brian2 has of what is learned, by name, in SI units."""
    learned = job.learned.items()
    return {name: np.array(getattr(group, f"{v}_")[:]) for name, (group, v) in learned}


def put_values(job: Job, values: Mapping[str, np.ndarray]) -> None:
    """Set the values that Brian2 has of what is learned."""
    for name, numbers in values.items():
        group, variable = job.learned[name]
        group.variables[variable].set_value(numbers)


class _Monitored:
    """What is read from Brian2 objects.

    Parameters
    ----------
    job : Job
        Its network gets monitors, so it must not have run.
    """

    def __init__(self, job: Job) -> None:
        self._job = job
        self._answers = SpikeMonitor(job.output, name=f"{job.output.name}_answers")
        self._counts = {
            group.name: SpikeMonitor(group, record=False, name=f"{group.name}_activity")
            for group in job.sources
        }
        job.net.add(self._answers, *self._counts.values())

    def answers(self):
        return np.array(self._answers.t), np.array(self._answers.i)

    def counts(self):
        return {name: np.array(monitor.count[:]) for name, monitor in self._counts.items()}

    def values(self):
        return values_of(self._job)


class Runtime(_Monitored):
    """The runtime device, and any other one on which scripts run line by line."""

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        job.net.store(REST)

    def run(self, arrays, start, seed: int) -> None:
        job = self._job
        job.net.restore(REST)
        for array, contents in arrays.items():
            array.values[...] = contents
        put_values(job, start)
        brian_seed(seed)
        job.net.run(job.duration, namespace=job.namespace)


class Standalone(_Monitored):
    """C++ standalone: the program is built once."""

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        self._device = device = get_device()
        if device.build_on_run or device.has_been_run:
            raise TrainingError(
                "The program is built once and run for each chunk of samples. Write "
                "set_device('cpp_standalone', build_on_run=False), and leave net.run() to the "
                "presenter."
            )
        device.insert_code("main", SEED_CODE)
        job.net.run(job.duration, namespace=job.namespace)
        device.build(**{**device.build_options, "run": False, "with_output": False})

    def run(self, arrays, start, seed: int) -> None:
        given = dict(arrays)
        for name, values in start.items():
            group, variable = self._job.learned[name]
            dimensions = group.variables[variable].dim
            given[getattr(group, variable)] = Quantity(values, dim=dimensions)
        with environment(SEED_VARIABLE, str(seed)):
            self._device.run(run_args=given, with_output=False)
        folder = Path(self._device.project_dir, "static_arrays")
        for name in self._device.run_args_arrays:
            for path in (folder / name, folder / f"{name}.lock"):
                with suppress(FileNotFoundError):
                    os.remove(path)


def make_engine(job: Job) -> Engine:
    """Return what runs a network on the device that is set.

    Raises
    ------
    TrainingError
        If it is a standalone device that cannot be run again with other values.
    """
    device = get_device()
    if type(device) is CPPStandaloneDevice:
        return Standalone(job)
    if isinstance(device, CPPStandaloneDevice):
        raise TrainingError(
            f"On the device {type(device).__name__}, a program cannot be run again with other "
            "values. Write set_device('cpp_standalone', build_on_run=False), or no device."
        )
    return Runtime(job)
