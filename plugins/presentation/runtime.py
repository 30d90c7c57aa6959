"""Run a network line by line."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from brian2 import TimedArray
from brian2 import seed as brian_seed

from brian2_l2l_plugins.presentation.jobs import Job, Monitored, put_values

__all__ = ["Runtime"]

#: The name under which a network is stored at rest.
REST = "brian2_l2l at rest"


class Runtime(Monitored):
    """The runtime device, and any other one on which scripts run line by line."""

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        job.net.store(REST)

    def run(
        self, arrays: Mapping[TimedArray, np.ndarray], start: Mapping[str, np.ndarray], seed: int
    ) -> None:
        job = self._job
        job.net.restore(REST)
        for array, contents in arrays.items():
            array.values[...] = contents
        put_values(job, start)
        brian_seed(seed)
        job.net.run(job.duration, namespace=job.namespace)
