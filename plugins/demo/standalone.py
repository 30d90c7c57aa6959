"""Run the network on the test digits in C++ standalone, in a process of its own.

A device of Brian2 is for a whole process: this one keeps the runtime device.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from brian2 import device, set_device

from brian2_l2l.errors import L2LError
from brian2_l2l_plugins.demo.answers import Answers
from brian2_l2l_plugins.demo.engines import digits_bar, read_monitors
from brian2_l2l_plugins.demo.learning import NAMES
from brian2_l2l_plugins.scripts import load_script


class StandaloneError(L2LError):
    """C++ standalone could not be run; says why."""


def check_compiler() -> None:
    """Raise `StandaloneError` unless there is what Brian2 builds C++ programs with."""
    if os.name == "nt":
        # Brian2 looks for the compiler of Visual Studio itself.
        return
    tools = (os.environ.get("CXX", "g++"), "make")
    missing = [tool for tool in tools if shutil.which(tool.split()[0]) is None]
    if missing:
        raise StandaloneError(
            f"C++ standalone was not run: this machine has no {' and no '.join(missing)}. Install "
            "a C++ compiler and make."
        )


def run_process(module: str, *arguments: object) -> None:
    """Run a module as a process of its own, and raise `StandaloneError` if it fails."""
    done = subprocess.run([sys.executable, "-m", module, *map(str, arguments)], check=False)
    if done.returncode:
        raise StandaloneError(
            f"C++ standalone was not run: its process ended with exit code {done.returncode}, "
            "with the messages above."
        )


def run_standalone(
    script: Path, seed: int, weights: Mapping[str, np.ndarray], values: np.ndarray
) -> Answers:
    """Build the script's network as a C++ program and run it once for each digit.

    Parameters
    ----------
    script : path
        The script.
    seed : int
        The seed that the script builds its network with.
    weights : mapping
        Name of the synapses -> their weights.
    values : array, shape (time, digit, channel)
        The stimulus of each digit.

    Raises
    ------
    StandaloneError
        If there is no C++ compiler, or the program cannot be built or run.
    """
    check_compiler()
    start = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="brian2_l2l_demo_") as folder:
        request, answer = Path(folder, "request.npz"), Path(folder, "answer.npz")
        np.savez(request, seed=seed, values=values, **weights)
        run_process(__name__, script, request, answer)
        with np.load(answer) as arrays:
            spikes, readout = arrays["spikes"], arrays["readout"]
    return Answers("Brian2, C++ standalone", spikes, readout, time.perf_counter() - start)


def main(script: str, request: str, answer: str) -> None:
    """Answer the request in a file; all three arguments are paths."""
    with np.load(request) as arrays:
        weights = dict(arrays)
    values, seed = weights.pop("values"), int(weights.pop("seed"))
    folder = str(Path(answer).parent / "program")
    set_device("cpp_standalone", build_on_run=False, directory=folder)
    module = load_script(Path(script), NAMES)
    net, stimulus = module.build_network(seed)
    for name, value in weights.items():
        net[name].w = value
    net.run(module.DURATION, namespace=vars(module))
    print("Building the C++ program", file=sys.stderr, flush=True)
    device.build(directory=folder, run=False)
    found = []
    for digit in digits_bar(values.shape[1], "Brian2, C++"):
        device.run(run_args={stimulus: np.ascontiguousarray(values[:, digit])})
        found.append(read_monitors(net, len(values)))
    spikes, readout = (np.stack(arrays, axis=1) for arrays in zip(*found, strict=True))
    np.savez(answer, spikes=spikes, readout=readout)


if __name__ == "__main__":
    main(*sys.argv[1:])
