"""Time the engines of a network in interleaved rounds, each in a process of its own."""

import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from validation.processes import SPAWN, limited

from . import IDENTICAL, RATES, TOTALS
from .engines import Engine
from .networks import Size


@dataclass
class Row:
    """
    What was measured of an engine.

    Attributes
    ----------
    engine : `Engine`
    counts : numpy.ndarray
        The number of spikes, ``[trial, neuron]``.
    build_seconds : float
        For the network and the program, without the first run.
    first_seconds : float
        Of the first run of all trials, in which the mirror compiles.
    rounds : list of float
        Seconds for all trials.
    """

    engine: Engine
    counts: np.ndarray
    build_seconds: float
    first_seconds: float
    rounds: list[float] = field(default_factory=list)

    @property
    def trial_seconds(self) -> float:
        """The time of a trial once all is built."""
        return statistics.median(self.rounds) / len(self.counts)

    @property
    def whole_seconds(self) -> float:
        """The time of a trial when the network is built for these trials alone."""
        return (self.build_seconds + self.first_seconds) / len(self.counts)

    def times_slower(self, other: "Row") -> float:
        """Give the median over the rounds of how many times slower this is than another."""
        pairs = zip(self.rounds, other.rounds, strict=True)
        return statistics.median(mine / its for mine, its in pairs)

    def identical(self, other: "Row") -> float:
        """Give the share of trials in which each neuron spikes as often as with another engine."""
        return float((self.counts == other.counts).all(axis=1).mean())


def measure(
    name: str,
    size: Size,
    engines: Sequence[Engine],
    rounds: int,
    threads: int,
    seed: int,
    say: Callable[[str], None],
) -> list[Row]:
    """
    Run the trials of a network in each engine.

    Parameters
    ----------
    name : str
    size : `Size`
    engines : sequence of `Engine`
    rounds, threads, seed : int
    say : callable
        Told what goes on.
    """
    rows, pools = [], []
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="brian2_l2l_trials_"))
        for number, engine in enumerate(engines):
            say(f"{name}: {engine.name} starts")
            pools.append(stack.enter_context(ProcessPoolExecutor(1, mp_context=SPAWN)))
            arguments = (engine, name, size, seed, str(Path(folder, str(number))))
            with limited(threads):
                rows.append(pools[-1].submit(_start, *arguments).result())
        for number in range(rounds):
            say(f"{name}: round {number + 1} of {rounds}")
            for row, pool in zip(rows, pools, strict=True):
                row.rounds.append(pool.submit(_seconds).result())
    return rows


def complaints(name: str, rows: Sequence[Row]) -> list[str]:
    """List what makes the comparison of a network void; the first row is Brian2's."""
    found, reference = [], rows[0].counts
    for row in rows:
        identical = row.identical(rows[0])
        if row.engine.dtype == "float64" and identical < IDENTICAL:
            found.append(f"{name}: {row.engine.name}: only {identical:.0%} of trials identical")
        difference = abs(row.counts.sum() / reference.sum() - 1)
        if not difference <= TOTALS:
            found.append(f"{name}: {row.engine.name}: {difference:.1%} more or fewer spikes")
    return found


def wrong_rate(name: str, rate: float) -> list[str]:
    """Complain about a mean rate in Hz outside the limits."""
    within = RATES[0] <= rate <= RATES[1]
    return [] if within else [f"{name}: neurons fire at {rate:.1f} Hz"]


def _start(engine, name, size, seed, folder):
    # One process runs one engine only.
    global _run
    start = time.perf_counter()
    _run = engine.build(name, size, seed, folder)
    built = time.perf_counter()
    counts = _run()
    return Row(engine, counts, built - start, time.perf_counter() - built)


def _seconds():
    start = time.perf_counter()
    _run()
    return time.perf_counter() - start
