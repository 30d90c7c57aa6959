"""Generated programs read and write nothing that is not theirs, and nothing undefined happens."""

import os

import pytest

from brian2_l2l.errors import CompilerMissingError
from brian2_l2l.mirror.fused.compiler import sanitizer_environment
from validation.lowerings.sanitized import start

#: Each takes many times as long as without the sanitizers.
WANTED = 4


def test_random_networks_are_clean(seed):
    try:
        environment = sanitizer_environment()
    except CompilerMissingError as missing:
        pytest.skip(str(missing))
    if not all(os.path.isabs(path) for path in environment["LD_PRELOAD"].split()):
        pytest.skip("the compiler has no address sanitizer")
    done = start(seed, 0, WANTED)
    assert done.returncode == 0, f"{done.stdout[-300:]}\n{done.stderr[-4000:]}"
    assert f"clean: {WANTED} networks" in done.stdout
