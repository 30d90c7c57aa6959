"""The executor of Dask: the same results, in workers whose tasks are not in the main thread."""

import sys
from pathlib import Path

import numpy as np
import pytest

from brian2_l2l.errors import TrainingError
from brian2_l2l_plugins.l2l.evolution.executors import make_executor
from tests.plugins.l2l.evolution import inner_functions
from tests.plugins.l2l.evolution.test_executors import run, tasks

dask = pytest.importorskip("dask")
distributed = pytest.importorskip("distributed")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cluster")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=2, dashboard_address=":0", local_directory=folder
    ) as cluster:
        yield cluster


def test_a_new_cluster_gives_the_results_of_one_process_while_workers_are_killed(tmp_path):
    wanted = run(inner_functions.noisy_bowl, "serial").costs
    inner = inner_functions.Killed(tmp_path, every=5)
    # Workers take longer than this to start again.
    with dask.config.set({"distributed.deploy.lost-worker-timeout": "1 ms"}):
        result = run(inner, "dask", workers=2)
    np.testing.assert_array_equal(result.costs, wanted)
    assert 1 <= len(list(tmp_path.iterdir())) < wanted.size


def test_runs_that_share_a_cluster_leave_no_files(cluster):
    def made():
        folder = Path(worker["local_directory"]).parent
        return {path.name for path in folder.rglob("brian2_l2l_*")}

    worker = next(iter(cluster.scheduler_info["workers"].values()))
    options = {"client": cluster}
    before = made()
    one, other = (make_executor("dask", inner_functions.bowl, None, options) for _ in range(2))
    results = [dict(executor.evaluate(tasks(4))) for executor in (one, other)]
    assert len(made() - before) >= 3
    one.close()
    results.append(dict(other.evaluate(tasks(4))))
    other.close()
    assert results[0] == results[1] == results[2] and len(results[0]) == 4
    assert made() == before


def test_brian2_runs_in_the_threads_of_a_given_cluster(cluster):
    executor = make_executor("dask", inner_functions.brian2_in_a_thread, None, {"client": cluster})
    try:
        found, again = (dict(executor.evaluate(tasks(6))) for _ in range(2))
    finally:
        executor.close()
    # Several threads of a process take turns, so that the seed decides.
    assert found == again and len(set(found.values())) > 1
    assert all(1000 < spikes < 2000 for spikes in found.values())


def test_a_given_client_stays_open(cluster):
    with distributed.Client(cluster) as client:
        for _ in range(2):
            result = run(inner_functions.bowl, "dask", executor_options={"client": client})
        wanted = run(inner_functions.bowl, "serial").costs
        np.testing.assert_array_equal(result.costs, wanted)
        assert client.submit(len, "abc").result() == 3
        with pytest.raises(TrainingError, match="workers=2 says nothing"):
            run(inner_functions.bowl, "dask", workers=2, executor_options={"client": client})


def test_brian2_cannot_be_imported_in_such_a_thread():
    """Why the executor imports it elsewhere."""

    # Sent as it is: if this module were imported to find it, Brian2 would be imported with it.
    def import_brian2():
        try:
            import brian2  # noqa: F401
        except ValueError as error:
            return str(error)

    with (
        distributed.LocalCluster(n_workers=1, dashboard_address=":0") as other,
        distributed.Client(other) as client,
    ):
        assert "main thread" in client.submit(import_brian2).result()


def test_workers_that_are_threads_are_refused():
    with distributed.LocalCluster(n_workers=1, processes=False, dashboard_address=":0") as threads:
        with pytest.raises(TrainingError, match="Each must be a process"):
            run(inner_functions.bowl, "dask", executor_options={"client": threads})


def test_an_evaluation_that_always_ends_its_worker_is_an_error_that_names_it():
    with pytest.raises(TrainingError, match="2 workers ended that had it. Its values: x = "):
        run(inner_functions.deadly, "dask", workers=1, executor_options={"tries": 1})


def test_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(TrainingError, match=r"pip install 'brian2_l2l\[distributed\]'"):
        run(inner_functions.bowl, "dask")
