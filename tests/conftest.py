"""Fixtures for all tests: Brian2 as new for each test, and random numbers that can be repeated."""

import gc
import os
import secrets

# One thread per process: the tests run in parallel processes, and sums keep one order. This must
# be set before numpy and torch are imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np  # noqa: E402
import pytest  # noqa: E402
from brian2 import defaultclock, ms, prefs, start_scope  # noqa: E402
from brian2.devices.device import (  # noqa: E402
    all_devices,
    get_device,
    reinit_and_delete,
    reset_device,
)

import brian2_l2l.prefs  # noqa: E402, F401  registers the preferences that are set here
from brian2_l2l.mirror.fused.compiler import Build  # noqa: E402
from brian2_l2l_plugins.standalone import StandaloneError, check_compiler  # noqa: E402
from tests.cpp import compile_quickly, flags_of_users, quick_flags  # noqa: E402


def pytest_addoption(parser):
    parser.addoption("--seed", type=int, help="seed of the random tests; printed when one fails")


def pytest_collection_modifyitems(items):
    """Begin with the slow tests, so that parallel processes end together."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def pytest_collection_finish(session):
    """Keep what the imports made out of the garbage collections, of which Brian2 makes many."""
    keep_out_of_collections()


def keep_out_of_collections():
    """Let no later collection look at what is left: caches grow, and each took up to a second."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def seed(request) -> int:
    """Return a new seed for each test, or the one of ``--seed``; pytest prints it on failure."""
    value = request.config.getoption("--seed")
    value = secrets.randbelow(2**31) if value is None else value
    print(f"repeat with --seed {value}")
    return value


@pytest.fixture
def rng(seed) -> np.random.Generator:
    """Return a random number generator with the seed of the test."""
    return np.random.default_rng(seed)


@pytest.fixture
def compiler():
    """Skip a test where C++ standalone has no compiler."""
    try:
        check_compiler()
    except StandaloneError as error:
        pytest.skip(str(error))


@pytest.fixture
def quick_compiler(compiler):
    """See `compile_quickly`."""
    compile_quickly()


@pytest.fixture(autouse=True)
def quick_programs(monkeypatch):
    """Have generated programs compiled in a third of the time; see `optimised`."""
    monkeypatch.setattr(Build, "flags", property(quick_flags))


@pytest.fixture
def optimised(quick_programs, monkeypatch):
    """Have generated programs compiled as those of users."""
    monkeypatch.setattr(Build, "flags", property(flags_of_users))


@pytest.fixture(autouse=True)
def fresh_brian():
    """Start every test on the runtime device with numpy code, and leave nothing behind."""
    before = dict(prefs)
    # Cython would compile the code of every network.
    prefs.codegen.target = "numpy"
    # To compile every network would take longer than all tests; those that need it ask for it.
    prefs.l2l.lowering = "plain"
    start_scope()
    yield
    reinit_and_delete()
    if get_device() is not all_devices["runtime"]:
        reset_device("runtime")
    defaultclock.dt = 0.1 * ms
    prefs.update(before)
    keep_out_of_collections()
