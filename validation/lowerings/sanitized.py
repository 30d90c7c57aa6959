"""Run random networks as programs with the sanitizers of the compiler.

``python -m validation.lowerings.sanitized SEED FIRST WANTED`` must be started with the environment
of `brian2_l2l.mirror.fused.compiler.sanitizer_environment`. The process ends with an error at a
wrong access to memory or undefined behaviour.
"""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import count

import torch
from brian2 import BrianLogger, prefs

from brian2_l2l.mirror.fused import processor
from brian2_l2l.mirror.fused.compiler import load, sanitizer_environment

from .judge import ENDS_ALIKE, NOT_COVERED, ended, runner
from .networks import RandomNetwork, random_networks
from .running import count_spikes

__all__ = ["run_sanitized"]

#: The networks of a process, and the numbers from which those of the next one are.
EACH, APART = 10, 200


def run_sanitized(seed: int, wanted: int, processes: int) -> tuple[str, bool]:
    """
    Run networks in processes of their own; give what is to be said, and whether all are clean.

    Parameters
    ----------
    seed, wanted, processes : int
    """
    asked = [
        (seed, APART * k, min(EACH, wanted - first))
        for k, first in enumerate(range(0, wanted, EACH))
    ]
    with ThreadPoolExecutor(processes) as pool:
        done = list(pool.map(lambda numbers: start(*numbers), asked))
    lines = [one.stdout.strip().splitlines()[-1] for one in done if not one.returncode]
    wrong = [f"{one.stdout[-300:]}\n{one.stderr[-2000:]}" for one in done if one.returncode]
    return "\n".join(["With the sanitizers of the compiler:", *lines, *wrong]), not wrong


def start(seed: int, first: int, wanted: int) -> subprocess.CompletedProcess:
    """
    Run networks of a seed, from a number on, in a process with the environment that they need.

    Raises
    ------
    CompilerMissingError
        If there is no compiler.
    """
    return subprocess.run(
        [sys.executable, "-m", __name__, *map(str, (seed, first, wanted))],
        env={**os.environ, **sanitizer_environment()},
        capture_output=True,
        text=True,
        check=False,
    )


def spikes_of(index: int, network: RandomNetwork) -> int | None:
    """Give the number of spikes of a network, run in both directions; None if it cannot be run."""
    run = runner(network)
    try:
        records, _ = run(lowering="fused")
    except Exception as error:
        judged = ended(index, error, run)
        assert judged.kind in (NOT_COVERED, ENDS_ALIKE), judged
        return None
    return count_spikes(records)


def main(seed: int, first: int, wanted: int) -> None:
    """Run so many networks of a seed, from the first one on."""
    prefs.codegen.target = "numpy"
    BrianLogger.suppress_name("resolution_conflict")
    torch.set_num_threads(2)
    loaded, spikes = 0, []

    def load_sanitized(source, build):
        nonlocal loaded
        loaded += 1
        return load(source, replace(build, sanitize=True))

    processor.load = load_sanitized
    for index, network in random_networks(seed, count(first)):
        print(f"network {index} of seed {seed}", flush=True)
        found = spikes_of(index, network)
        spikes += [] if found is None else [found]
        if len(spikes) == wanted:
            break
    assert loaded >= wanted and sum(spikes) > 20 * wanted
    print(f"clean: {len(spikes)} networks from {first} to {index}, {sum(spikes)} spikes")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
