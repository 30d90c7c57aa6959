"""Choose what runs a network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from brian2 import get_device
from brian2.devices.cpp_standalone.device import CPPStandaloneDevice

from brian2_l2l.errors import TrainingError
from brian2_l2l_plugins.presentation.cuda import is_cuda
from brian2_l2l_plugins.presentation.jobs import Engine, Job
from brian2_l2l_plugins.presentation.mirrored import Mirrored
from brian2_l2l_plugins.presentation.runtime import Runtime
from brian2_l2l_plugins.presentation.samples import Samples
from brian2_l2l_plugins.presentation.standalone import Standalone

__all__ = ["make_engine"]


def make_engine(
    job: Job, samples: Samples, batch_size: int | None, ways: Mapping[tuple[Any, str], str]
) -> Engine:
    """Return what runs a network: a mirror for a batch, else the device that is set.

    Parameters
    ----------
    job, samples, batch_size
        See `Mirrored`.
    ways : mapping
        How what the trials of a batch learn becomes one: ``'sum'`` or ``'mean'``.

    Raises
    ------
    TrainingError
        If it is a standalone device that cannot be run again with other values.
    """
    if batch_size is not None:
        return Mirrored(job, samples, batch_size, ways)
    device = get_device()
    if type(device) is CPPStandaloneDevice or is_cuda(device):
        return Standalone(job)
    if isinstance(device, CPPStandaloneDevice):
        raise TrainingError(
            f"On the device {type(device).__name__}, a program cannot be run again with other "
            "values. Write set_device('cpp_standalone', build_on_run=False), or no device."
        )
    return Runtime(job)
