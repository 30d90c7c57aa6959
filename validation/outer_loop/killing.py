"""Kill a process that is at an evaluation, after every so many results."""

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

from .network import EVALUATION


class Noted:
    """
    An evaluation that notes who is at it, and its results.

    Parameters
    ----------
    file : Path
        One line for each start and each end.
    """

    def __init__(self, file: Path):
        self.file = file

    def __call__(self, values, seed: int) -> float:
        self._note("start", seed)
        cost = EVALUATION(values, seed)
        self._note("end", seed)
        return cost

    def _note(self, what: str, seed: int) -> None:
        # A line that is appended at once is never torn.
        with self.file.open("ab", buffering=0) as file:
            file.write(f"{what} {os.getpid()} {seed}\n".encode())


@contextlib.contextmanager
def killer(file: Path, every: int) -> Iterator[list[int]]:
    """
    Kill a process after every so many results, as long as the block lasts.

    Parameters
    ----------
    file : Path
        See `Noted`.
    every : int

    Yields
    ------
    killed : list of int
        The processes.
    """
    killed, stop = [], threading.Event()

    def watch() -> None:
        while not stop.wait(0.01):
            results, working = read(file)
            # In the middle of generations of this size, where tasks are left for the others.
            if results >= every // 2 + every * len(killed) and working - set(killed):
                process = min(working - set(killed))
                os.kill(process, signal.SIGKILL)
                killed.append(process)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield killed
    finally:
        stop.set()
        thread.join()


def read(file: Path) -> tuple[int, set[int]]:
    """Return the number of seeds with a result, and the processes that are at one."""
    done, working = set(), set()
    lines = file.read_text().splitlines() if file.exists() else []
    for what, process, seed in map(str.split, lines):
        if what == "start":
            working.add(int(process))
        else:
            working.discard(int(process))
            done.add(seed)
    return len(done), working
