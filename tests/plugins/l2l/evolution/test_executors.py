"""Executors: the same results whoever evaluates, also when processes are killed."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from brian2 import defaultclock, ms, mV, prefs, second

from brian2_l2l.errors import TrainingError
from brian2_l2l_plugins.l2l import Parameter, evolve
from brian2_l2l_plugins.l2l.evolution.executors import Failure, Task, make_executor
from brian2_l2l_plugins.l2l.evolution.executors.parcel import pack, unpack
from brian2_l2l_plugins.l2l.evolution.executors.processes import ProcessExecutor
from tests.plugins.l2l.evolution import inner_functions

ROOT = Path(__file__).parents[4]
PARAMETERS = [Parameter("x", 0.0, 5.0), Parameter("u", 1 * mV, 100 * mV, scale="log")]


def run(inner, executor, **options):
    settings = {"population": 8, "generations": 2, "seed": 5, "executor": executor}
    return evolve(inner, PARAMETERS, **{**settings, **options})


def tasks(number):
    return [Task(k, {"x": 1.0 * k, "u": 10 * mV}, 1000 + k) for k in range(number)]


@contextlib.contextmanager
def pool(inner, **options):
    executor = make_executor("processes", inner, 2, options)
    try:
        yield executor
    finally:
        executor.close()


@pytest.fixture(scope="module")
def reference():
    return run(inner_functions.noisy_bowl, "serial").costs


def alive(pid):
    try:
        # A zombie is a process that nobody has waited for yet.
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_processes_give_the_results_of_one_process(reference):
    result = run(inner_functions.noisy_bowl, "processes", workers=2)
    np.testing.assert_array_equal(result.costs, reference)


def test_what_a_script_defines_is_sent_to_processes(reference):
    offset = 0.25

    def inner(values, seed):
        return inner_functions.noisy_bowl(values, seed) + offset

    result = run(inner, "processes", workers=1)
    np.testing.assert_array_equal(result.costs, reference + offset)


def test_units_are_sent_as_the_units_they_are():
    def inner():
        return mV, ms, second, 3 * mV

    sent = unpack(pack(inner))()
    # Brian2 warns if a name stands for another object than its own unit.
    assert all(one is other for one, other in zip(sent[:3], inner()[:3], strict=True))
    assert sent[3] == 3 * mV


def test_killed_processes_lose_nothing(reference, tmp_path):
    inner = inner_functions.Killed(tmp_path, every=3)
    result = run(inner, "processes", workers=2)
    np.testing.assert_array_equal(result.costs, reference)
    assert 2 <= len(list(tmp_path.iterdir())) < reference.size


def test_idle_processes_may_be_killed_too():
    with pool(inner_functions.process) as executor:
        before = {int(cost) for _, cost in executor.evaluate(tasks(6))}
        assert 1 <= len(before) <= 2
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        after = dict(executor.evaluate(tasks(6)))
    assert sorted(after) == list(range(6))
    assert before.isdisjoint(after.values())


def test_processes_are_killed_at_any_time(seed):
    random, stop, killed = np.random.default_rng(seed), threading.Event(), []
    wanted = {t.number: inner_functions.noisy_bowl(t.values, t.seed) for t in tasks(40)}
    with pool(inner_functions.noisy_bowl, tries=1000) as executor:

        def kill():
            # At every stage: when it starts, takes a task, or sends an answer.
            while not stop.wait(random.exponential(0.2)):
                for worker in executor._workers[:1]:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(worker.process.pid, signal.SIGKILL)
                        killed.append(worker.process.pid)

        killer = threading.Thread(target=kill)
        killer.start()
        try:
            while len(set(killed)) < 8:
                assert dict(executor.evaluate(tasks(40))) == wanted
        finally:
            stop.set()
            killer.join()


def test_an_evaluation_that_always_ends_its_process_is_an_error_that_names_it():
    with pytest.raises(TrainingError) as error:
        run(inner_functions.deadly, "processes", workers=2, executor_options={"tries": 2})
    text = str(error.value)
    assert "generation 1 cannot be completed: its process ended 2 times" in text
    assert "exit code 5. Its values: x = " in text and ", u = " in text and "; seed " in text


def test_an_evaluation_that_raises_is_an_answer():
    with pool(inner_functions.Raising(2.5)) as executor:
        found = dict(executor.evaluate(tasks(4)))
    assert found[2] == inner_functions.bowl(tasks(3)[2].values, 0)
    assert isinstance(found[3], Failure) and found[3].reason == "ValueError: 3.000 is too much"
    assert "inner_functions.py" in found[3].details


def test_a_failure_says_what_caused_it():
    executor = make_executor("serial", inner_functions.raising_for_a_reason, None, {})
    ((_, failure),) = executor.evaluate(tasks(1))
    assert failure.reason == "ValueError: somewhere Cause: KeyError: 'deep'"


def test_results_come_as_they_are_completed():
    with pool(inner_functions.process) as executor:
        found = executor.evaluate(tasks(30))
        next(found)
        start = time.monotonic()
        list(found)
        # Each takes 50 ms: that all are ready at once would take no time.
        assert time.monotonic() - start > 0.3


def test_closing_ends_processes_at_work_and_removes_their_files():
    executor = make_executor("processes", inner_functions.process, 2, {})
    folder, found = executor._folder, executor.evaluate(tasks(50))
    next(found)
    pids = [worker.process.pid for worker in executor._workers]
    assert folder.is_dir() and any(map(alive, pids))
    executor.close()
    assert not folder.exists() and not any(map(alive, pids))


def test_processes_end_with_a_parent_that_is_killed(tmp_path):
    script = (
        "import sys, time\n"
        "from brian2_l2l_plugins.l2l.evolution.executors import Task, make_executor\n"
        "from tests.plugins.l2l.evolution.inner_functions import process\n"
        "if __name__ == '__main__':\n"
        "    executor = make_executor('processes', process, 2, {})\n"
        "    pids = {pid for _, pid in executor.evaluate([Task(k, {}, k) for k in range(20)])}\n"
        "    print(executor._folder, *map(int, pids), flush=True)\n"
        "    time.sleep(1000)\n"
    )
    file = tmp_path / "script.py"
    file.write_text(script)
    with subprocess.Popen(
        [sys.executable, file],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as parent:
        folder, *pids = parent.stdout.readline().split()
        assert pids and Path(folder).is_dir()
        parent.kill()
    while any(alive(int(pid)) for pid in pids) or Path(folder).exists():
        time.sleep(0.05)


def test_processes_have_the_settings_of_this_one(monkeypatch):
    assert prefs.codegen.target == "numpy"
    defaultclock.dt = 0.25 * ms
    monkeypatch.setenv("BRIAN2_L2L_TEST", "7")
    assert run(inner_functions.settings, "processes", workers=1).best_cost == 710.25


def test_what_cannot_be_sent_is_refused():
    lock = threading.Lock()
    with pytest.raises(TrainingError, match="cannot be sent to other processes.*executor='serial'"):
        run(lambda values, seed: lock, "processes")


class Unreadable:
    """Can be sent, and not be made again."""

    def __call__(self, values, seed):
        return 0.0

    def __setstate__(self, state):
        raise ValueError("not here")

    def __getstate__(self):
        return {"some": "state"}


def test_what_cannot_be_made_in_a_process_says_why():
    with pytest.raises(TrainingError, match="(?s)cannot be made in another process.*not here"):
        run(Unreadable(), "processes", workers=1)


def test_processes_that_cannot_start_are_an_error(monkeypatch):
    monkeypatch.setattr(
        "brian2_l2l_plugins.l2l.evolution.executors.processes.serve", inner_functions.refuse
    )
    executor = ProcessExecutor(inner_functions.bowl, 1, tries=1)
    try:
        with pytest.raises(TrainingError, match="end before they take a task.*__main__"):
            list(executor.evaluate(tasks(1)))
    finally:
        executor.close()
