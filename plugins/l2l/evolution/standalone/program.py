"""A network as a C++ program in a folder of its own."""

from __future__ import annotations

import gc
import shutil
import tempfile
import weakref
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from brian2 import Network
from brian2.devices.cpp_standalone.device import cpp_standalone_device as device

from brian2_l2l.errors import TrainingError
from brian2_l2l_plugins.l2l.evolution.executors.workplace import own_folder, shared_folder
from brian2_l2l_plugins.l2l.evolution.standalone import steps
from brian2_l2l_plugins.l2l.evolution.standalone.compiling import compile_project
from brian2_l2l_plugins.l2l.evolution.standalone.device import (
    SEED_CODE,
    SEED_VARIABLE,
    cpp_standalone,
    environment,
    forget_dead_owners,
    numbers_from,
)
from brian2_l2l_plugins.l2l.evolution.standalone.variables import argument, find_variable


class Program:
    """A compiled network, of which the device is from now on.

    Parameters
    ----------
    build : callable
    names : sequence of str
        Of the parameters.
    build_seed : int
        See `StandaloneEvaluation` for all three.
    """

    #: What the device has of the program that was built last: there is one device in a process.
    _claimed: set | None = None

    def __init__(self, build: Callable[[], Network], names: Sequence[str], build_seed: int) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="brian2_l2l_program_", dir=own_folder()))
        weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)
        self._claim_device()
        with cpp_standalone():
            device.insert_code("main", SEED_CODE)
            with numbers_from(build_seed):
                self.net = _checked(build())
            self._variables = {name: find_variable(self.net, name) for name in names}
            device.main_queue = steps.take_early(
                steps.seed_again(device.main_queue), self._variables.values()
            )
            name = getattr(build, "__qualname__", type(build).__qualname__)
            compile_project(self.folder, shared_folder(), f"{name} {build_seed}")

    def _claim_device(self) -> None:
        if device.networks and device.networks is not Program._claimed:
            raise TrainingError(
                "The device 'cpp_standalone' of this process has a network already. Give "
                "executor='processes', or take this network off with device.reinit()."
            )
        device.reinit()
        # Objects of a network before would keep the names that Brian2 gives.
        gc.collect()
        # It is another set after each `reinit`.
        self._networks = Program._claimed = device.networks

    def fits(self, values: Mapping[str, Any]) -> bool:
        """Return whether it can be run with these values."""
        return device.networks is self._networks and values.keys() <= self._variables.keys()

    def run(self, values: Mapping[str, Any], seed: int) -> Network:
        """Run the program with values and a seed, and return the network with the results."""
        arguments = [argument(name, self._variables[name], value) for name, value in values.items()]
        with cpp_standalone(), environment(SEED_VARIABLE, str(seed)):
            forget_dead_owners()
            try:
                device.run(run_args=arguments, with_output=False)
            except RuntimeError:
                # It may have been killed; if its values are the reason, it ends again.
                device.run(run_args=arguments, with_output=False)
        return self.net


def _checked(net: Any) -> Network:
    if not isinstance(net, Network):
        raise TrainingError(f"build() returned {net!r}; it must return the Network.")
    if not steps.has_run(device.main_queue):
        raise TrainingError(
            "build() must run the network, net.run(duration), before it returns it."
        )
    return net
