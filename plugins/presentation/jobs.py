"""What engines run: a network, again and again with other values; and what is read from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from brian2 import Group, Network, SpikeMonitor, TimedArray
from brian2.units import Quantity

from brian2_l2l.errors import TrainingError, did_you_mean

__all__ = ["Engine", "Job", "Monitored", "check_values", "put_values", "values_of"]


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


def check_values(values: Mapping[str, np.ndarray], learned: Mapping[str, tuple[Any, str]]) -> None:
    """Check that values are those of what is learned, as far as Brian2 knows it before a run.

    Raises
    ------
    TrainingError
        If nothing has such a name, or their number differs, or one is not finite.
    """
    for name, numbers in values.items():
        if name not in learned:
            raise TrainingError(f"Nothing learned is called {name!r}.{did_you_mean(name, learned)}")
        expected, given = _size_of(*learned[name]), np.size(numbers)
        if expected not in (None, given):
            raise TrainingError(f"'{name}' has {expected} values, and {given} are given.")
        if not np.all(np.isfinite(numbers)):
            raise TrainingError(
                f"'{name}' has values that are not finite. Learn in smaller steps, or give others."
            )


def _size_of(group: Any, variable: str) -> int | None:
    try:
        return np.size(group.variables[variable].get_value())
    except NotImplementedError:
        # Connections of a program are made when it runs.
        return None


class Monitored:
    """The part of an engine that reads from Brian2 objects.

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
