import subprocess
import sys
import time
from dataclasses import replace

import numpy as np

from validation.__main__ import build_parser
from validation.options import CommonOptions
from validation.outer_loop import killing, run, whole_run
from validation.outer_loop.sizes import SIZES

SMOKE = SIZES["smoke"]


def row(name="serial", kills=0, results=24, identical=24, same_end=True, left=0):
    return run.Row(name, kills, results, identical, same_end, left, 1.0)


def sleeper():
    return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"])


def test_the_command_line_has_it():
    arguments = build_parser().parse_args(["outer-loop", "--smoke", "--seed", "3"])
    assert arguments.smoke and arguments.seed == 3


def test_notes_tell_results_and_who_is_at_work(tmp_path):
    file = tmp_path / "notes"
    assert killing.read(file) == (0, set())
    file.write_text("start 1 70\nstart 2 71\nend 1 70\nstart 1 72\nend 2 71\nend 1 72\nend 1 70\n")
    assert killing.read(file) == (3, set())
    file.write_text("start 1 70\nstart 2 71\nend 1 70\n")
    assert killing.read(file) == (1, {2})


def test_a_process_at_work_is_killed_after_so_many_results(tmp_path):
    file, victims = tmp_path / "notes", [sleeper(), sleeper()]
    done = "".join(f"start 1 {k}\nend 1 {k}\n" for k in range(5))
    with killing.killer(file, every=8) as killed:
        # Four results are enough for the first, twelve for the second.
        file.write_text(f"start {victims[0].pid} 70\n" + done)
        assert victims[0].wait() == -9
        assert killed == [victims[0].pid]
        more = "".join(f"start 1 {k}\nend 1 {k}\n" for k in range(5, 13))
        file.write_text(f"start {victims[0].pid} 70\nstart {victims[1].pid} 71\n{done}{more}")
        assert victims[1].wait() == -9
    assert killed == [victim.pid for victim in victims]


def test_processes_that_stay_are_counted_and_killed():
    ended, staying = sleeper(), sleeper()
    ended.kill()
    # One that has ended and was not waited for is none.
    start = time.monotonic()
    assert whole_run._left({ended.pid, staying.pid}, patience=0.3) == 1
    assert time.monotonic() - start >= 0.3
    assert staying.wait() == -9 and ended.wait() == -9


def test_complaints_name_what_is_wrong():
    fine = [row(), row("processes, 3 processes killed", kills=3)]
    overhead = {"serial": 0.001, "dask": 0.04}
    assert run.complaints(SMOKE, fine, overhead, 10.0) == []
    for wrong, complaint in (
        (row(identical=23), "serial: 23 of 24 results are identical"),
        (row(results=23, identical=23), "serial: 23 of 24 results are identical"),
        (row(same_end=False), "serial: 24 of 24"),
        (row(left=2), "serial: 2 processes are left"),
        (row("dask, 2 processes killed", kills=2), "there must be 3"),
    ):
        (found,) = run.complaints(SMOKE, [*fine, wrong], overhead, 10.0)
        assert complaint in found
    (found,) = run.complaints(SMOKE, fine, {"dask": 0.06}, 10.0)
    assert "dask: an evaluation takes 60 ms longer" in found
    (found,) = run.complaints(SMOKE, fine, overhead, 0.0)
    assert "neurons fire at 0.0 Hz" in found


def test_a_disturbed_run_is_that_of_one_process(quick_compiler, seed, tmp_path):
    size = replace(SMOKE, generations=2)
    options = CommonOptions(threads=2, seed=seed, smoke=True, results=tmp_path)
    wanted = run._evolve("serial", size, options)
    assert len(np.unique(wanted.costs)) == wanted.costs.size == 16
    found = run.disturb("processes", size, options, wanted)
    assert found.kills == 2 and found.results == found.identical == 16 and found.same_end
