"""Evaluations on a cluster of Dask: processes of this machine, or of many."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
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
        How many workers may end with a task before it is an error, in a new cluster; in a given
        one its scheduler decides (``distributed.scheduler.allowed-failures``).
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
        parcel = pack(inner)
        self._name = f"brian2_l2l_{uuid.uuid4().hex}"
        self._stack = ExitStack()
        self._futures: set = set()
        with ExitStack() as stack:
            if client is None:
                client = _local_cluster(stack, workers, tries)
            if not isinstance(client, distributed.Client):
                client = stack.enter_context(distributed.Client(client))
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

        from brian2_l2l_plugins.l2l.evolution.executors.dask_worker import evaluate_task

        submitted = {
            self._client.submit(evaluate_task, self._name, task, pure=False): task for task in tasks
        }
        self._futures = set(submitted)
        for future in as_completed(list(submitted)):
            try:
                result = future.result()
            except KilledWorker as error:
                ended = f"workers ended {error.allowed_failures + 1} times while they had it"
                raise LostTaskError(submitted[future], ended) from error
            # The cluster need not keep what was read.
            self._futures.discard(future)
            del submitted[future]
            future.release()
            yield result

    def close(self) -> None:
        """Give up what is not completed, and end the cluster if it was made here."""
        with self._stack:
            self._client.cancel(list(self._futures))
            self._futures.clear()


def _local_cluster(stack: ExitStack, workers: int | None, tries: int):
    import dask
    from distributed import LocalCluster

    settings = {
        "distributed.scheduler.allowed-failures": tries - 1,
        "distributed.worker.multiprocessing-method": get_context().get_start_method(),
    }
    stack.enter_context(dask.config.set(settings))
    return stack.enter_context(
        LocalCluster(
            n_workers=workers or available_processors(),
            threads_per_worker=1,
            processes=True,
            dashboard_address=":0",
        )
    )
