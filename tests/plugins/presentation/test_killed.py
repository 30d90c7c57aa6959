"""A program whose process is killed goes on from the last chunk."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from brian2 import prefs

from tests.plugins.presentation.patterns import CHUNK, data, presenter

SAMPLES = 15 * CHUNK

#: It says when a chunk is learned, and at the end writes what was learned.
SCRIPT = """
import sys

import numpy as np
from brian2 import prefs

from brian2_l2l_plugins.presentation import as_program
from tests.plugins.presentation.patterns import data, presenter

seed, samples = map(int, sys.argv[1:3])
checkpoint, learned, *prefs.codegen.cpp.extra_compile_args_gcc = sys.argv[3:]
with as_program():
    shown = presenter(transmission=0.65)
    values, labels = data(seed, samples)
    shown.train(
        values,
        labels,
        checkpoint=checkpoint,
        resume=True,
        report=lambda elapsed, completed, row: print(row["samples"], flush=True),
    )
    np.savez(learned, **shown.values)
"""


def learn(seed, folder, wait=None):
    """Learn in a process, and return how many samples were learned at its first report.

    With a number of seconds, it is killed so long after that.
    """
    numbers = [str(seed), str(SAMPLES)]
    command = [sys.executable, "-c", SCRIPT, *numbers, folder / "checkpoint", folder / "w.npz"]
    # What a killed process makes for its compiler would stay.
    command += prefs.codegen.cpp.extra_compile_args_gcc
    root = str(Path(__file__).parents[3])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([root, *sys.path])}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        first = int(process.stdout.readline())
        if wait is None:
            process.communicate()
            assert process.returncode == 0
        else:
            time.sleep(wait)
            process.kill()
            assert process.wait() == -signal.SIGKILL, "it had come to the end"
    return first


@pytest.mark.slow
def test_a_cpp_program_that_is_killed_twice_learns_the_same(quick_compiler, seed, tmp_path):
    rng = np.random.default_rng(seed)
    begins = [learn(seed, tmp_path, rng.uniform(0, 0.05)) for _ in range(2)]
    begins.append(learn(seed, tmp_path))
    assert begins[0] == CHUNK and begins[0] < begins[1] < begins[2] <= SAMPLES
    # The same numbers are drawn without a program.
    shown = presenter(transmission=0.65)
    shown.train(*data(seed, SAMPLES), report=None)
    with np.load(tmp_path / "w.npz") as learned:
        assert set(learned) == set(shown.values)
        for name, values in shown.values.items():
            np.testing.assert_allclose(learned[name], values, rtol=1e-9, err_msg=name)
