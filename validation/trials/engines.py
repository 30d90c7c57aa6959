"""What runs the trials of a case: the mirror, and Brian2's C++ programs."""

import multiprocessing
import os
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from brian2 import Quantity, device, prefs, set_device

import brian2_l2l as l2l

from .networks import Case, Size, build_case


@dataclass(frozen=True)
class Engine:
    """
    One row of the table.

    Attributes
    ----------
    name : str
    lowering : {'fused', 'plain'} or None
        Of the mirror; None for a C++ program of Brian2.
    dtype : str
        The precision of the mirror.
    processes : int
        How many C++ programs run at a time.
    """

    name: str
    lowering: str | None = None
    dtype: str = "float64"
    processes: int = 1

    def build(self, name: str, size: Size, seed: int, folder: str) -> Callable[[], np.ndarray]:
        """
        Make what runs the trials of a network.

        Parameters
        ----------
        name : str
        size : `Size`
        seed : int
        folder : str
            For the compiled programs.

        Returns
        -------
        run : callable
            Runs all trials and gives the number of spikes, ``[trial, neuron]``.
        """
        if self.lowering:
            prefs["l2l.cache_dir"] = folder
            return mirrored(build_case(name, size, seed), self.lowering, self.dtype)
        return standalone(name, size, seed, folder, self.processes)


def engines(threads: int) -> list[Engine]:
    """
    List all engines; the first one is what the others are compared with.

    Parameters
    ----------
    threads : int
    """
    found = [Engine("Brian2 C++, one at a time")]
    if threads > 1:
        found.append(Engine(f"Brian2 C++, {threads} at a time", processes=threads))
    # The plain lowering is the reference, for people to read: its default precision is enough.
    return found + [
        Engine("plain float32", "plain", "float32"),
        Engine("fused float64", "fused", "float64"),
        Engine("fused float32", "fused", "float32"),
    ]


def mirrored(case: Case, lowering: str, dtype: str) -> Callable[[], np.ndarray]:
    """Make a mirror that runs all trials of a case as one batch."""
    prefs.codegen.target = "numpy"
    mirror = l2l.mirror(case.network, lowering=lowering, dtype=getattr(torch, dtype))
    key = (case.monitor.source, "spikes", "sum")

    @torch.no_grad()
    def run() -> np.ndarray:
        record = mirror.run(case.duration, inputs=case.inputs, initial=case.initial, record=[key])
        return record[key].numpy()

    return run


def standalone(
    name: str, size: Size, seed: int, folder: str, processes: int
) -> Callable[[], np.ndarray]:
    """Build the C++ program of a network; this process is then for nothing else."""
    set_device("cpp_standalone", build_on_run=False, directory=folder)
    case = build_case(name, size, seed)
    case.network.run(case.duration)
    device.build(directory=folder, run=False)
    if processes == 1:
        return lambda: np.array([run_trial(case, trial) for trial in range(size.trials)])
    # The children of a fork have the network and the device; a network cannot be sent to them.
    global _case
    _case = case
    pool = multiprocessing.get_context("fork").Pool(processes)
    return lambda: np.array(pool.map(_run_trial, range(size.trials)))


def run_trial(case: Case, trial: int) -> np.ndarray:
    """Run the C++ program with the values of one trial, and read the number of spikes."""
    values = {array: given[:, trial].copy() for array, given in case.inputs.items()}
    for (group, variable), given in case.initial.items():
        view = getattr(group, variable)
        values[view] = Quantity(given[trial], dim=view.dim)
    # Several at a time must not write into one folder.
    device.run(results_directory=f"results_{os.getpid()}", run_args=values)
    return np.array(case.monitor.count)


def _run_trial(trial):
    return run_trial(_case, trial)
