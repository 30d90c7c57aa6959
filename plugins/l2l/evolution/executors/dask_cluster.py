"""Evaluations on a cluster of Dask: processes of this machine, or of many."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, suppress
from tempfile import TemporaryDirectory
from typing import Any

from brian2_l2l.errors import TrainingError
from brian2_l2l.training import check_count
from brian2_l2l_plugins.l2l.evolution.executors.context import available_processors, get_context
from brian2_l2l_plugins.l2l.evolution.executors.parcel import pack
from brian2_l2l_plugins.l2l.evolution.executors.tasks import Failure, LostTaskError, Task


class DaskExecutor:
    """Runs evaluations on a cluster of Dask.

    Parameters
    ----------
    inner : callable
        The inner function.
    workers : int, optional
        The number of processes of a new cluster on this machine; that of the processors when left
        out. A `client` has its own.
    client : Client, cluster or str, optional
        A cluster that is there: a client, a cluster (such as those of dask-jobqueue), or the
        address of its scheduler. Its workers must be processes in which brian2_l2l is installed.
    tries : int
        How often Dask may give up a task, because workers ended with it, before it is an error. It
        does so after ``distributed.scheduler.allowed-failures`` workers, and blames tasks that
        only waited in these workers too.
    """

    def __init__(
        self,
        inner: Callable,
        workers: int | None = None,
        *,
        client: Any = None,
        tries: int = 3,
    ) -> None:
        try:
            import distributed
        except ImportError as error:
            raise TrainingError(
                "executor='dask' needs packages: pip install 'brian2_l2l[distributed]'."
            ) from error
        check_count("tries", tries)
        if workers is not None and client is not None:
            raise TrainingError(f"workers={workers} says nothing, because the client has its own.")
        parcel, self._tries = pack(inner), tries
        self._name = f"brian2_l2l_{uuid.uuid4().hex}"
        self._stack = ExitStack()
        self._futures: set = set()
        with ExitStack() as stack:
            made = _local_cluster(stack, workers) if client is None else None
            if not isinstance(client, distributed.Client):
                client = stack.enter_context(distributed.Client(made or client))
            if made:
                stack.callback(_wait_for_restarts, client, len(made.workers))
            self._client = client
            self._install(parcel)
            stack.callback(client.unregister_worker_plugin, self._name)
            self._stack = stack.pop_all()

    def _install(self, parcel: bytes) -> None:
        from brian2_l2l_plugins.l2l.evolution.executors.dask_worker import Evaluator

        try:
            self._client.register_plugin(Evaluator(self._name, parcel))
        except Exception as error:
            raise TrainingError(
                f"The workers of Dask cannot take evaluations: {error}. Each must be a process "
                "that can import brian2_l2l in its main thread, as LocalCluster(processes=True) "
                "and dask-jobqueue make them."
            ) from error

    def evaluate(self, tasks: Iterable[Task]) -> Iterator[tuple[int, float | Failure]]:
        """Yield the number of each task with its cost or `Failure`, as they are completed.

        Raises
        ------
        LostTaskError
            If too many workers ended with a task.
        """
        from distributed import KilledWorker, as_completed

        submitted, lost = {self._submit(task): task for task in tasks}, Counter()
        completed = as_completed(list(submitted))
        for future in completed:
            task = submitted.pop(future)
            self._futures.discard(future)
            try:
                result = future.result()
            except KilledWorker as error:
                lost[task.number] += 1
                if lost[task.number] >= self._tries:
                    ended = (error.allowed_failures + 1) * self._tries
                    raise LostTaskError(task, f"{ended} workers ended that had it") from error
                again = self._submit(task)
                submitted[again] = task
                completed.add(again)
                continue
            # The cluster need not keep what was read.
            future.release()
            yield result

    def _submit(self, task: Task):
        from brian2_l2l_plugins.l2l.evolution.executors.dask_worker import evaluate_task

        future = self._client.submit(evaluate_task, self._name, task, pure=False)
        self._futures.add(future)
        return future

    def close(self) -> None:
        """Give up what is not completed, and end the cluster if it was made here."""
        with self._stack:
            self._client.cancel(list(self._futures))
            self._futures.clear()


def _wait_for_restarts(client: Any, workers: int) -> None:
    # LocalCluster cannot close while it starts another process for a worker that ended.
    with suppress(TimeoutError):
        client.wait_for_workers(workers, timeout=30)


def _local_cluster(stack: ExitStack, workers: int | None):
    import dask
    from distributed import LocalCluster

    settings = {
        "distributed.scheduler.allowed-failures": 1,
        # No task waits in a worker, where it would be lost with another one.
        "distributed.scheduler.worker-saturation": 1.0,
        # A worker that is not back in time is given up for good, and without any all would wait for
        # ever: on a busy machine the imports of a new process take long.
        "distributed.deploy.lost-worker-timeout": "1 day",
        "distributed.worker.multiprocessing-method": get_context().get_start_method(),
    }
    stack.enter_context(dask.config.set(settings))
    folder = TemporaryDirectory(prefix="brian2_l2l_evolution_", ignore_cleanup_errors=True)
    return stack.enter_context(
        LocalCluster(
            n_workers=workers or available_processors(),
            threads_per_worker=1,
            processes=True,
            dashboard_address=":0",
            local_directory=stack.enter_context(folder),
        )
    )
