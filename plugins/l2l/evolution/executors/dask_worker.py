"""What a worker of Dask needs before it takes evaluations; imports Dask."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

from distributed import WorkerPlugin, get_worker

from brian2_l2l.errors import TrainingError
from brian2_l2l_plugins.l2l.evolution.executors.parcel import unpack
from brian2_l2l_plugins.l2l.evolution.executors.tasks import Failure, Task, attempt
from brian2_l2l_plugins.l2l.evolution.executors.workplace import settle

# Brian2 has one device, and a process one working directory, for all threads and runs.
_one_at_a_time = threading.Lock()


class Evaluator(WorkerPlugin):
    """Holds the inner function in a worker process of Dask.

    Dask runs tasks in threads, where Brian2 cannot be imported because it sets a handler for
    Ctrl-C. A plugin is set up in the event loop, which is in the main thread of the process, also
    when a worker is started again: there this module is imported, and Brian2 with it.

    Parameters
    ----------
    name : str
        Of the run.
    parcel : bytes
        The inner function, see `pack`.
    """

    def __init__(self, name: str, parcel: bytes) -> None:
        self.name, self._parcel = name, parcel

    def setup(self, worker) -> None:
        """Make the inner function.

        Raises
        ------
        TrainingError
            If this is not the main thread: the process is not the worker's own.
        """
        if threading.current_thread() is not threading.main_thread():
            raise TrainingError("its event loop is not in the main thread of a process")
        local = Path(worker.local_directory)
        self._folders = local / self.name, local.parent / f"{self.name}_shared"
        self._inner = unpack(self._parcel)

    def evaluate(self, task: Task) -> float | Failure:
        """Run one evaluation at a time."""
        with _one_at_a_time:
            settle(*self._folders)
            return attempt(self._inner, task)

    def teardown(self, worker) -> None:
        """Forget the inner function, and remove its files."""
        self._inner = None
        for folder in self._folders:
            shutil.rmtree(folder, ignore_errors=True)


def evaluate_task(name: str, task: Task) -> tuple[int, float | Failure]:
    """Return the number of a task with its cost or `Failure`; runs in a worker."""
    return task.number, get_worker().plugins[name].evaluate(task)
