"""The memory of a presentation does not grow with the number of samples."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from brian2 import prefs

pytest.importorskip("resource", reason="memory is measured as on Unix")

CHUNKS, WARM = 24, 4

#: It prints the largest memory so far after each chunk, in kB.
SCRIPT = """
import resource
import sys
from contextlib import nullcontext

from brian2 import prefs

from brian2_l2l_plugins.presentation import as_program
from tests.plugins.presentation.patterns import CHUNK, data, presenter

way, chunks, *prefs.codegen.cpp.extra_compile_args_gcc = sys.argv[1:]
prefs.codegen.target = "numpy"
who = resource.RUSAGE_CHILDREN if way == "program" else resource.RUSAGE_SELF
with as_program() if way == "program" else nullcontext():
    shown = presenter(batch_size=5 if way == "mirror" else None)
    shown.train(
        *data(0, int(chunks) * CHUNK),
        report=lambda *_: print(resource.getrusage(who).ru_maxrss, flush=True),
    )
"""


@pytest.mark.parametrize("way", ["runtime", "mirror", "program"])
def test_memory_stays_flat(way, quick_compiler):
    command = [sys.executable, "-c", SCRIPT, way, str(CHUNKS)]
    command += prefs.codegen.cpp.extra_compile_args_gcc
    root = str(Path(__file__).parents[3])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([root, *sys.path])}
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, env=environment, check=True)
    used = [int(line) / 1024 for line in done.stdout.split()]
    assert len(used) == CHUNKS and used[-1] > 5
    # The spikes of a chunk, one number for each neuron and step, are a megabyte.
    assert used[-1] - used[WARM] < (CHUNKS - WARM) / 4, f"{used[WARM]:.0f} to {used[-1]:.0f} MB"
