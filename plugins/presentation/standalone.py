"""Run a network as a program that is built once, in C++ or for CUDA."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path

import numpy as np
from brian2 import TimedArray, get_device

from brian2_l2l.errors import TrainingError
from brian2_l2l_plugins.l2l.evolution.standalone.device import (
    SEED_CODE,
    SEED_VARIABLE,
    environment,
    forget_dead_owners,
)
from brian2_l2l_plugins.presentation.cuda import CUDA_SEED_CODE, is_cuda, newest_cuda
from brian2_l2l_plugins.presentation.jobs import Job, Monitored, check_values

__all__ = ["Standalone"]


class Standalone(Monitored):
    """The devices ``'cpp_standalone'`` and ``'cuda_standalone'``.

    Parameters
    ----------
    job : Job

    Raises
    ------
    TrainingError
        If the device builds the program by itself, or has run it.
    """

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        self._device = device = get_device()
        if device.build_on_run or device.has_been_run:
            raise TrainingError(
                "The program is built once and run for each chunk of samples. Write "
                "set_device(..., build_on_run=False), and leave net.run() to the presenter."
            )
        device.insert_code("main", CUDA_SEED_CODE if is_cuda(device) else SEED_CODE)
        job.net.run(job.duration, namespace=job.namespace)
        self._built = False

    def _build(self) -> None:
        device = self._device
        with newest_cuda() if is_cuda(device) else nullcontext():
            device.build(**{**device.build_options, "run": False, "with_output": False})
        self._built = True

    def run(
        self, arrays: Mapping[TimedArray, np.ndarray], start: Mapping[str, np.ndarray], seed: int
    ) -> None:
        first = not self._built
        if first:
            self._build()
        # A rule may do without labels, and programs refuse what they do not use.
        used = {*self._device.timed_arrays.values()}
        given = {
            f"{array.name}.values": contents
            for array, contents in arrays.items()
            if array.name in used
        }
        for name, values in start.items():
            group, variable = self._job.learned[name]
            dtype = group.variables[variable].dtype
            given[f"{group.name}.{variable}"] = np.asarray(values, dtype)
        forget_dead_owners(self._device)
        with environment(SEED_VARIABLE, str(seed)):
            self._device.run(
                run_args=[self._argument(k, *item) for k, item in enumerate(given.items())],
                with_output=False,
            )
        if first:
            # Now the number of connections is known; the program takes no notice of other sizes.
            check_values(start, self._job.learned)

    def _argument(self, number: int, name: str, contents: np.ndarray) -> str:
        """Write numbers to a file, and return the argument with which a program reads them."""
        if contents.size == 1:
            return f"{name}={contents.item()!r}"
        # Brian2 names files after what they hold, so that they would become more and more; and
        # programs for CUDA take names in small letters only.
        path = f"static_arrays/given_{number}.dat"
        contents.tofile(Path(self._device.project_dir, path))
        return f"{name}={path}"
