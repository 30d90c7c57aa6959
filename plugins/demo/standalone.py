"""Run the network on the test digits in C++ standalone, in a process of its own.

A device of Brian2 is for a whole process: this one keeps the runtime device. The other one builds
the program while this one learns, and runs it while this one runs the other engines.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import numpy as np
from brian2 import device, set_device

from brian2_l2l_plugins.demo.answers import Answers
from brian2_l2l_plugins.demo.engines import read_monitors
from brian2_l2l_plugins.demo.learning import NAMES
from brian2_l2l_plugins.processes import kill_group
from brian2_l2l_plugins.scripts import load_script
from brian2_l2l_plugins.standalone import StandaloneError, check_compiler, check_ended, command

#: Files in the folder of a program: what it is to be run with, and what it answers.
REQUEST, ANSWER = "request.npz", "answer.npz"


class Program:
    """The script's network as a C++ program, which is built from now on, beside other work.

    As a context manager, it ends its process and removes its files.

    Parameters
    ----------
    script : path
        The script.
    seed : int
        The seed that the script builds its network with.
    """

    def __init__(self, script: Path, seed: int) -> None:
        self._missing: StandaloneError | None = None
        self._folder = tempfile.TemporaryDirectory(
            prefix="brian2_l2l_demo_", ignore_cleanup_errors=True
        )
        try:
            check_compiler()
        except StandaloneError as error:
            self._missing = error
            return
        # In a session of its own, Ctrl-C is for this process alone, and it leads a group.
        self._process = subprocess.Popen(
            command(__name__, script, seed, self._folder.name),
            stdin=subprocess.PIPE,
            start_new_session=True,
        )

    def __enter__(self) -> Program:
        return self

    def __exit__(self, *_: object) -> None:
        if self._missing is None:
            if self._process.poll() is None:
                kill_group(self._process)
            self._process.communicate()
        self._folder.cleanup()

    def start(self, weights: Mapping[str, np.ndarray], values: np.ndarray) -> None:
        """Have the program run once for each digit, beside other work, as soon as it is built.

        Parameters
        ----------
        weights : mapping
            Name of the synapses -> their weights.
        values : array, shape (time, digit, channel)
            The stimulus of each digit.
        """
        if self._missing is None:
            np.savez(Path(self._folder.name, REQUEST), values=values, **weights)
            # Where the process has ended already, `answers` says so.
            with suppress(BrokenPipeError):
                self._process.stdin.write(b"run\n")
                self._process.stdin.flush()

    def answers(self) -> Answers:
        """Wait for what the program that was started has found.

        Raises
        ------
        StandaloneError
            If there is no C++ compiler, or the program cannot be built or run.
        """
        if self._missing is not None:
            raise self._missing
        self._process.communicate()
        check_ended(self._process.returncode)
        with np.load(Path(self._folder.name, ANSWER)) as arrays:
            spikes, readout = arrays["spikes"], arrays["readout"]
            return Answers("Brian2, C++ standalone", spikes, readout, float(arrays["seconds"]))


def main(script: str, seed: str, folder: str) -> None:
    """Build the program, and run it with what is in the folder when the standard input says so."""
    directory = str(Path(folder, "program"))
    set_device("cpp_standalone", build_on_run=False, directory=directory)
    module = load_script(Path(script), NAMES)
    net, stimulus = module.build_network(int(seed))
    net.run(module.DURATION, namespace=vars(module))
    device.build(directory=directory, run=False)
    if not sys.stdin.readline():
        # Nobody waits for it any more.
        return
    with np.load(Path(folder, REQUEST)) as arrays:
        weights = dict(arrays)
    values = weights.pop("values")
    given = {net[name].w: value for name, value in weights.items()}
    start, found = time.perf_counter(), []
    for digit in range(values.shape[1]):
        device.run(run_args={**given, stimulus: np.ascontiguousarray(values[:, digit])})
        found.append(read_monitors(net, len(values)))
    spikes, readout = (np.stack(arrays, axis=1) for arrays in zip(*found, strict=True))
    seconds = time.perf_counter() - start
    np.savez(Path(folder, ANSWER), spikes=spikes, readout=readout, seconds=seconds)


if __name__ == "__main__":
    main(*sys.argv[1:])
