"""The device 'cpp_standalone' for a while, and what its versions need."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from brian2 import defaultclock, set_device
from brian2.devices.cpp_standalone.device import CPPStandaloneDevice, cpp_standalone_device
from brian2.devices.device import reset_device

#: The environment variable that gives a program its seed.
SEED_VARIABLE = "BRIAN2_L2L_SEED"

#: C++ that seeds the generators of all threads, as Brian2 does it.
SEED_CODE = f"""
if (const char* _l2l_seed = getenv("{SEED_VARIABLE}"))
    for (size_t _i = 0; _i < brian::_random_generators.size(); _i++)
        brian::_random_generators[_i].seed(strtoul(_l2l_seed, NULL, 10) + _i);
"""


@contextmanager
def cpp_standalone() -> Iterator[None]:
    """Set the device, and the one before again afterwards, with its time step."""
    step = defaultclock.dt
    set_device("cpp_standalone", build_on_run=False)
    try:
        yield
    finally:
        reset_device()
        defaultclock.dt = step


@contextmanager
def numbers_from(seed: int) -> Iterator[None]:
    """Seed the global generators of NumPy and Python, and put their states back afterwards."""
    states = np.random.get_state(), random.getstate()
    np.random.seed(seed)
    random.seed(seed)
    try:
        yield
    finally:
        np.random.set_state(states[0])
        random.setstate(states[1])


@contextmanager
def environment(name: str, value: str) -> Iterator[None]:
    """Set an environment variable for a while."""
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


def forget_dead_owners(device: CPPStandaloneDevice = cpp_standalone_device) -> None:
    """Forget the values of groups that are no more, such as the subgroup in ``G[:5].v = 0``.

    Brian2 before 2.10 stumbles over them when a program is run with other values.
    """
    cache = device.array_cache
    for variable in list(cache):
        try:
            # The owner is a weak proxy, which raises when it is used.
            hasattr(variable.owner, "name")
        except ReferenceError:
            del cache[variable]
