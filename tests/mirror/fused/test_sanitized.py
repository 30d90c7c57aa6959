"""Generated programs read and write nothing that is not theirs, and nothing undefined happens."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from brian2_l2l.errors import CompilerMissingError
from brian2_l2l.mirror.fused.compiler import sanitizer_environment

#: Each takes many times as long as without the sanitizers.
WANTED = 4


def test_random_networks_are_clean(seed):
    try:
        environment = sanitizer_environment()
    except CompilerMissingError as missing:
        pytest.skip(str(missing))
    if not all(os.path.isabs(path) for path in environment["LD_PRELOAD"].split()):
        pytest.skip("the compiler has no address sanitizer")
    arguments = map(str, (seed, 0, WANTED))
    done = subprocess.run(
        [sys.executable, "-m", "tests.mirror.fused.sanitized", *arguments],
        cwd=Path(__file__).parents[3],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout[-300:]}\n{done.stderr[-4000:]}"
    assert f"clean: {WANTED} networks" in done.stdout
