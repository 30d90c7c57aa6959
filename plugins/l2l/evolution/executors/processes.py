"""A pool of processes that outlives its members.

Each process has a pipe of its own, and nothing is shared that a killed process could leave locked
or half written. A process that ends takes nothing with it but the task it was at. (In
``concurrent.futures`` all tasks fail with one process, and processes stay when their parent is
killed; pebble's pool breaks when a process ends that has no task.)
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from multiprocessing.connection import wait
from pathlib import Path

from brian2.utils.logger import get_logger

from brian2_l2l.errors import TrainingError
from brian2_l2l.training import check_count
from brian2_l2l_plugins.l2l.evolution.executors.context import available_processors, get_context
from brian2_l2l_plugins.l2l.evolution.executors.parcel import pack
from brian2_l2l_plugins.l2l.evolution.executors.process_worker import serve
from brian2_l2l_plugins.l2l.evolution.executors.tasks import Failure, LostTaskError, Task
from brian2_l2l_plugins.processes import kill_group

logger = get_logger(__name__)

#: Seconds that an idle process has to end by itself.
PATIENCE = 10.0


class Worker:
    """One process.

    Attributes
    ----------
    pipe : Connection
    ready : bool
        Whether it has said that it can take tasks.
    task : Task, optional
        What it is at.
    """

    def __init__(self, parcel: bytes, folder: Path) -> None:
        context = get_context()
        self.ready, self.task = False, None
        self.pipe, theirs = context.Pipe()
        arguments = (theirs, parcel, folder, dict(os.environ))
        self.process = context.Process(target=serve, args=arguments)
        self.process.start()
        # With this end closed, the pipe tells when the process ends.
        theirs.close()

    def give(self, task: Task) -> None:
        """Let it do a task."""
        self.task = task
        # If it has ended meanwhile, the pipe tells so when it is read.
        with contextlib.suppress(OSError):
            self.pipe.send(task)

    def dismiss(self) -> None:
        """Let an idle process end by itself."""
        self.pipe.close()

    def end(self) -> int | None:
        """End it and the programs it has started, and return its exit code."""
        self.pipe.close()
        if self.ready and self.task is None:
            self.process.join(PATIENCE)
            if self.process.exitcode is not None:
                return self.process.exitcode
        kill_group(self.process)
        self.process.join()
        return self.process.exitcode


class ProcessExecutor:
    """Runs evaluations in processes of this machine.

    Parameters
    ----------
    inner : callable
        The inner function.
    workers : int, optional
        The number of processes; that of the processors when left out.
    tries : int
        How often a task is given to a process before it is an error that they end.
    """

    def __init__(self, inner: Callable, workers: int | None = None, *, tries: int = 3) -> None:
        check_count("tries", tries)
        self._parcel, self._tries = pack(inner), tries
        self._number = workers or available_processors()
        self._folder = Path(tempfile.mkdtemp(prefix="brian2_l2l_evolution_"))
        self._workers: list[Worker] = []
        self._failed_starts = 0

    def evaluate(self, tasks: Iterable[Task]) -> Iterator[tuple[int, float | Failure]]:
        """Yield the number of each task with its cost or `Failure`, as they are completed.

        Raises
        ------
        LostTaskError
            If the process of a task ended `tries` times.
        TrainingError
            If processes cannot be started.
        """
        waiting, lost = deque(tasks), Counter()
        left = len(waiting)
        while len(self._workers) < min(self._number, left):
            self._workers.append(Worker(self._parcel, self._folder))
        while left:
            self._give(waiting)
            pipes = {worker.pipe: worker for worker in self._workers}
            for worker in [pipes[pipe] for pipe in wait(list(pipes))]:
                try:
                    answer = worker.pipe.recv()
                except (EOFError, OSError):
                    self._replace(worker, waiting, lost)
                    continue
                if worker.ready:
                    worker.task = None
                    left -= 1
                    yield answer
                else:
                    self._welcome(worker, answer)

    def _give(self, waiting: deque[Task]) -> None:
        for worker in self._workers:
            if waiting and worker.ready and worker.task is None:
                worker.give(waiting.popleft())

    def _welcome(self, worker: Worker, problem: str | None) -> None:
        if problem is not None:
            raise TrainingError(f"The inner function cannot be made in another process:\n{problem}")
        worker.ready, self._failed_starts = True, 0

    def _replace(self, worker: Worker, waiting: deque[Task], lost: Counter) -> None:
        """Start another process for one that has ended, and put its task in front."""
        self._workers.remove(worker)
        task, code = worker.task, worker.end()
        if task is not None:
            lost[task.number] += 1
            if lost[task.number] >= self._tries:
                raise LostTaskError(
                    task, f"its process ended {self._tries} times, last with exit code {code}"
                )
            logger.warn(
                f"A worker process ended with exit code {code}. Its evaluation is repeated.",
                name_suffix="repeated",
            )
            waiting.appendleft(task)
        elif not worker.ready:
            self._failed_starts += 1
            if self._failed_starts >= self._tries + self._number:
                raise TrainingError(
                    f"Worker processes end before they take a task, with exit code {code}; see "
                    "the messages above. A script that starts processes must do so below the line "
                    "if __name__ == '__main__'."
                )
        self._workers.append(Worker(self._parcel, self._folder))

    def close(self) -> None:
        """End all processes, and remove their files."""
        for worker in self._workers:
            if worker.ready and worker.task is None:
                worker.dismiss()
        for worker in self._workers:
            worker.end()
        self._workers.clear()
        shutil.rmtree(self._folder, ignore_errors=True)
