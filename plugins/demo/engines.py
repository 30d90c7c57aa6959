"""Run the network on the test digits in the mirror and in Brian2."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from brian2 import Network, Quantity, TimedArray, prefs
from tqdm import tqdm

from brian2_l2l_plugins.demo.answers import Answers


def run_mirror(
    mirror: torch.nn.Module, engine: str, values: np.ndarray, duration: Quantity
) -> Answers:
    """Run all digits as one batch of a mirror.

    Parameters
    ----------
    mirror : Mirror
        Of the network that the script builds.
    engine : str
        What to call it.
    values : array, shape (time, digit, channel)
        The stimulus of each digit.
    duration : Quantity
        The biological time of a trial.

    Returns
    -------
    Answers
    """
    start = time.perf_counter()
    keys = [("hidden", "spikes"), ("readout", "y")]
    with torch.no_grad():
        record = mirror.run(duration, inputs={"stimulus": torch.from_numpy(values)}, record=keys)
    spikes, readout = (record[key].double().numpy() for key in keys)
    return Answers(engine, spikes > 0.5, readout, time.perf_counter() - start)


def run_brian2(
    net: Network,
    stimulus: TimedArray,
    values: np.ndarray,
    duration: Quantity,
    namespace: Mapping[str, Any],
) -> Answers:
    """Run one digit after the other in Brian2, each from the state that the network has now.

    Parameters are those of `run_mirror` and the script's network, stimulus and names.
    """
    start = time.perf_counter()
    net.store("digit")
    found = []
    with short_collections():
        for digit in digits_bar(values.shape[1]):
            net.restore("digit")
            stimulus.values[:] = values[:, digit]
            net.run(duration, namespace=namespace)
            found.append(read_monitors(net, len(values)))
        net.restore("digit")
    spikes, readout = (np.stack(arrays, axis=1) for arrays in zip(*found, strict=True))
    return Answers("Brian2, runtime (numpy)", spikes, readout, time.perf_counter() - start)


def read_monitors(net: Network, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the spikes (time, neuron) and the readout (time, class) that the monitors hold."""
    monitor, output = net["spikes"], net["output"]
    spikes = np.zeros((steps, len(monitor.source)), dtype=bool)
    dt = float(monitor.clock.dt)
    spikes[np.rint(np.asarray(monitor.t) / dt).astype(int), np.asarray(monitor.i)] = True
    return spikes, np.asarray(output.y).T.copy()


def digits_bar(number: int) -> tqdm:
    """Count the digits with a progress bar; into a file, where refreshes are lines, with a few."""
    interval = 0.2 if sys.stderr.isatty() else 10.0
    bounds = {"mininterval": interval, "maxinterval": interval}
    return tqdm(range(number), desc="Brian2, runtime", unit="digit", **bounds)


@contextmanager
def numpy_target() -> Iterator[None]:
    """Let Brian2 run numpy code, which needs no compiler."""
    before = prefs.codegen.target
    prefs.codegen.target = "numpy"
    try:
        yield
    finally:
        prefs.codegen.target = before


@contextmanager
def short_collections() -> Iterator[None]:
    """Leave what exists now out of the garbage collection that Brian2 does in every run.

    With torch loaded it takes longer than the run itself.
    """
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
