"""Presenters as C++ programs for a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory

from brian2 import defaultclock, device, set_device
from brian2.devices.device import reset_device

__all__ = ["as_program"]


@contextmanager
def as_program() -> Iterator[None]:
    """Let what is presented run as a C++ program in a folder that is removed afterwards.

    The device and the time step from before are then set again.
    """
    step = defaultclock.dt
    with TemporaryDirectory(prefix="brian2_l2l_") as folder:
        set_device("cpp_standalone", build_on_run=False, directory=folder)
        try:
            yield
        finally:
            device.reinit()
            reset_device()
            defaultclock.dt = step
