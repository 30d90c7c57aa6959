"""Where the processes of a comparison run."""

import os

import pytest

from validation import processes
from validation.processes import idle_first, limited, limited_process


def stat(*idle):
    rows = [f"cpu{k} 7 8 9 {ticks} 1 2 3" for k, ticks in enumerate(idle)]
    return "\n".join([f"cpu  99 99 99 {sum(idle)} 9 9 9", *rows, "intr 5", "ctxt 6"])


@pytest.fixture
def machine(monkeypatch, tmp_path):
    def make(before, after):
        file = tmp_path / "stat"
        file.write_text(before)
        monkeypatch.setattr(processes, "STAT", file)
        monkeypatch.setattr(processes.time, "sleep", lambda seconds: file.write_text(after))
        idle_first.cache_clear()

    yield make
    idle_first.cache_clear()


def test_processors_with_least_to_do_come_first(machine):
    machine(stat(100, 200, 300, 400), stat(101, 230, 320, 430))
    assert idle_first(frozenset({0, 1, 2})) == [1, 2, 0]
    # The answer stays.
    assert idle_first(frozenset({2, 1, 0})) == [1, 2, 0]


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="processors cannot be chosen")
def test_a_process_of_its_own_takes_the_processor_that_is_idle_now(monkeypatch):
    if len(there := sorted(os.sched_getaffinity(0))) < 2:
        pytest.skip("one processor")
    for first in (there, there[::-1]):
        monkeypatch.setattr(processes, "idle_now", lambda processors, first=first: first)
        assert limited_process(os.sched_getaffinity, 1, 0) == {first[0]}


def test_processors_that_are_not_listed_come_last(machine):
    machine(stat(100), stat(105))
    assert idle_first(frozenset({3, 0})) == [0, 3]


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="processors cannot be chosen")
def test_a_process_gets_as_many_processors_as_threads():
    before = os.sched_getaffinity(0)
    with limited(1):
        assert len(os.sched_getaffinity(0)) == 1 and os.environ["OMP_NUM_THREADS"] == "1"
    assert os.sched_getaffinity(0) == before
