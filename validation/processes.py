"""Start processes with so many threads and processors, so that measurements can be compared."""

import contextlib
import multiprocessing
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path

__all__ = ["SPAWN", "idle_first", "idle_now", "limited", "limited_process"]

#: How processes are started: new ones, which inherit nothing but the environment.
SPAWN = multiprocessing.get_context("spawn")
#: What all processors have done, in a file of Linux.
STAT = Path("/proc/stat")


def limited_process(function: Callable, threads: int, *arguments, device: str = "cpu"):
    """
    Call a function in a process of its own that has so many threads and processors.

    It gets the processors that are idle now, as another long run may have begun since the last one.

    Parameters
    ----------
    function : callable
        Of a module.
    threads : int
    *arguments
    device : {'cpu', 'cuda'}

    Returns
    -------
    value
        What the function returns.
    """
    with limited(threads, device, idle_now), ProcessPoolExecutor(1, mp_context=SPAWN) as pool:
        return pool.submit(function, *arguments).result()


@contextlib.contextmanager
def limited(
    threads: int,
    device: str = "cpu",
    order: Callable[[frozenset[int]], list[int]] | None = None,
) -> Iterator[None]:
    """
    Give processes that are started meanwhile so many threads and processors.

    Parameters
    ----------
    threads : int
    device : {'cpu', 'cuda'}
        What JAX takes.
    order : callable, optional
        Which processors come first; by default `idle_first`.
    """
    # A process inherits both; the libraries read them when they are imported.
    limits = {name: str(threads) for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS")}
    limits |= {"OPENBLAS_NUM_THREADS": "1", "JAX_PLATFORMS": device}
    # All peers are there at once, and none may take most of the device's memory.
    limits["XLA_PYTHON_CLIENT_PREALLOCATE"] = "false"
    environment = dict(os.environ)
    processors = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else None
    os.environ.update(limits)
    if processors and threads < len(processors):
        os.sched_setaffinity(0, (order or idle_first)(frozenset(processors))[:threads])
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(environment)
        if processors:
            os.sched_setaffinity(0, processors)


@cache
def idle_first(processors: frozenset[int]) -> list[int]:
    """
    Give what `idle_now` gives, and the same ever after, so that all that is compared runs there.

    Parameters
    ----------
    processors : frozenset of int
    """
    return idle_now(processors)


def idle_now(processors: frozenset[int]) -> list[int]:
    """
    Give processors in the order in which they have least to do, as another run may be there.

    Parameters
    ----------
    processors : frozenset of int
    """
    before = _idle_ticks()
    time.sleep(0.3)
    after = _idle_ticks()
    return sorted(sorted(processors), key=lambda k: before.get(k, 0) - after.get(k, 0))


def _idle_ticks() -> dict[int, int]:
    try:
        lines = STAT.read_text().splitlines()
    except OSError:
        return {}
    rows = (line.split() for line in lines if line.startswith("cpu"))
    # The first row is the sum of all.
    return {int(row[0][3:]): int(row[4]) for row in rows if row[0] != "cpu"}
