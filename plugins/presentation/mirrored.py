"""Run a network as a mirror that shows several samples side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from brian2 import TimedArray, get_device, prefs
from brian2.devices.device import RuntimeDevice

import brian2_l2l as l2l
from brian2_l2l.errors import TrainingError
from brian2_l2l.training import check_count
from brian2_l2l_plugins.presentation.jobs import Job, put_values, values_of
from brian2_l2l_plugins.presentation.samples import Samples

__all__ = ["Mirrored"]


class Mirrored:
    """A mirror; trials share what they learn.

    The first samples of a chunk are the first ones of all trials, and so on.

    Parameters
    ----------
    job : Job
    samples : Samples
    batch_size : int
        The number of trials; a chunk has a multiple of it.
    ways : mapping
        For each learned ``(group, variable)`` whether what trials change is added up (``'sum'``) or
        averaged (``'mean'``).

    Raises
    ------
    TrainingError
        If it has not, or another device is set.
    """

    def __init__(
        self,
        job: Job,
        samples: Samples,
        batch_size: int,
        ways: Mapping[tuple[Any, str], str],
    ) -> None:
        check_count("batch_size", batch_size)
        if samples.chunk % batch_size:
            raise TrainingError(
                f"A chunk of {samples.chunk} samples cannot be shared out to batch_size="
                f"{batch_size} trials. Write Samples(..., chunk=...) with a multiple of it."
            )
        if not isinstance(get_device(), RuntimeDevice):
            raise TrainingError(
                "With batch_size= the network runs as a mirror. Leave out set_device(), or "
                "batch_size=."
            )
        self._job, self._samples, self._batch = job, samples, batch_size
        shared = {key: way for key, way in ways.items() if _changes(*key)}
        # Numpy's code is looked at, and nothing of it runs.
        target, prefs.codegen.target = prefs.codegen.target, "numpy"
        try:
            self._mirror = l2l.mirror(job.net, shared=shared, namespace=job.namespace)
        finally:
            prefs.codegen.target = target
        self._record: Any = None

    def run(
        self, arrays: Mapping[TimedArray, np.ndarray], start: Mapping[str, np.ndarray], seed: int
    ) -> None:
        job = self._job
        put_values(job, start)
        used = self._mirror.spec.timed_arrays
        keys = [(job.output, "spikes"), *((group, "spikes", "sum") for group in job.sources)]
        with torch.no_grad():
            self._record = self._mirror.run(
                job.duration / self._batch,
                inputs={
                    array: self._side_by_side(values)
                    for array, values in arrays.items()
                    # A rule may do without labels.
                    if array.name in used
                },
                initial={job.learned[name]: values for name, values in start.items()},
                record=keys,
                seed=seed,
            )

    def _side_by_side(self, values: np.ndarray) -> np.ndarray:
        """Return the rows of samples as ``[row, batch, column]``."""
        parts = len(values) // self._samples.chunk
        apart = values.reshape(-1, self._batch, parts, *values.shape[1:])
        together = apart.swapaxes(1, 2).reshape(-1, self._batch, *values.shape[1:])
        return together if together.ndim == 3 else together[:, :, None]

    def answers(self):
        spikes = self._record[self._job.output, "spikes"]
        step, trial, neuron = (index.numpy() for index in spikes.nonzero(as_tuple=True))
        time, sample = step * float(self._job.output.clock.dt), float(self._samples.sample)
        row = np.floor((time + 1e-9) / sample)
        return (row * (self._batch - 1) + trial) * sample + time, neuron

    def counts(self):
        return {
            group.name: self._record[group, "spikes", "sum"].sum(0).numpy()
            for group in self._job.sources
        }

    def values(self):
        self._mirror.write_back(self._record.state)
        return values_of(self._job)


def _changes(group: Any, variable: str) -> bool:
    return not group.variables[variable].constant
