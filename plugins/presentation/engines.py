"""Run a network again and again with other values, on the device that is set."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from brian2 import Network, TimedArray, get_device
from brian2 import seed as brian_seed
from brian2.devices.cpp_standalone.device import CPPStandaloneDevice
from brian2.units import Quantity

from brian2_l2l.errors import TrainingError
from brian2_l2l_plugins.l2l.evolution.standalone.device import (
    SEED_CODE,
    SEED_VARIABLE,
    environment,
)

__all__ = ["Engine", "make_engine"]

#: The name under which a network is stored at rest.
REST = "brian2_l2l at rest"


class Engine(Protocol):
    """Runs a network from its start."""

    def run(
        self, arrays: Mapping[TimedArray, np.ndarray], start: Mapping[Any, np.ndarray], seed: int
    ) -> None:
        """Run with these contents of TimedArrays, start values of ``(group, variable)`` and seed.

        What the network then has is read from its objects.
        """


class Runtime:
    """The runtime device, and any other one on which scripts run line by line."""

    def __init__(self, net: Network, duration: Quantity, namespace: Mapping[str, Any]) -> None:
        self._net, self._duration, self._namespace = net, duration, namespace
        net.store(REST)

    def run(self, arrays, start, seed: int) -> None:
        self._net.restore(REST)
        for array, contents in arrays.items():
            array.values[...] = contents
        for (group, variable), values in start.items():
            group.variables[variable].set_value(values)
        brian_seed(seed)
        self._net.run(self._duration, namespace=self._namespace)


class Standalone:
    """C++ standalone: the program is built once."""

    def __init__(self, net: Network, duration: Quantity, namespace: Mapping[str, Any]) -> None:
        self._device = device = get_device()
        if device.build_on_run or device.has_been_run:
            raise TrainingError(
                "The program is built once and run for each chunk of samples. Write "
                "set_device('cpp_standalone', build_on_run=False), and leave net.run() to the "
                "presenter."
            )
        device.insert_code("main", SEED_CODE)
        net.run(duration, namespace=namespace)
        device.build(**{**device.build_options, "run": False, "with_output": False})

    def run(self, arrays, start, seed: int) -> None:
        given = dict(arrays)
        for (group, name), values in start.items():
            given[getattr(group, name)] = Quantity(values, dim=group.variables[name].dim)
        with environment(SEED_VARIABLE, str(seed)):
            self._device.run(run_args=given, with_output=False)
        folder = Path(self._device.project_dir, "static_arrays")
        for name in self._device.run_args_arrays:
            for path in (folder / name, folder / f"{name}.lock"):
                with suppress(FileNotFoundError):
                    os.remove(path)


def make_engine(net: Network, duration: Quantity, namespace: Mapping[str, Any]) -> Engine:
    """Return what runs a network on the device that is set.

    Raises
    ------
    TrainingError
        If it is a standalone device that cannot be run again with other values.
    """
    device = get_device()
    if type(device) is CPPStandaloneDevice:
        return Standalone(net, duration, namespace)
    if isinstance(device, CPPStandaloneDevice):
        raise TrainingError(
            f"On the device {type(device).__name__}, a program cannot be run again with other "
            "values. Write set_device('cpp_standalone', build_on_run=False), or no device."
        )
    return Runtime(net, duration, namespace)
