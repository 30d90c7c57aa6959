"""Kill a whole run and start it again; run as a program, it is such a run."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .sizes import SIZES, Size


@dataclass
class Restarts:
    """
    What became of a run that was killed.

    Attributes
    ----------
    killed_at : list of int
        The generations that were completed when it was killed.
    costs : numpy.ndarray
        Of all generations, ``[generation, individual]``.
    best : list of float
        The best values, in SI units.
    left : int
        Processes that were still there some seconds after the last kill.
    """

    killed_at: list[int]
    costs: np.ndarray
    best: list[float]
    left: int


def kill_and_start_again(
    executor: str, workers: int, size: Size, seed: int, folder: Path
) -> Restarts:
    """
    Kill a run after some generations each time, and start it again until it is at its end.

    Parameters
    ----------
    executor : str
    workers : int
    size : `Size`
    seed : int
    folder : Path
        For its files.
    """
    killed_at, left = [], 0
    for generation in [*size.kill_after, None]:
        with _start(executor, workers, size, seed, folder) as process:
            for line in process.stdout:
                if generation is not None and int(line) >= generation:
                    # The next generation is under way.
                    time.sleep(0.2)
                    members = _group(process.pid)
                    process.kill()
                    killed_at.append(int(line))
                    break
        if generation is not None:
            left += _left(members)
    if process.returncode:
        raise RuntimeError(f"the run ended with exit code {process.returncode}")
    with np.load(folder / "result.npz") as found:
        return Restarts(killed_at, found["costs"], found["best"].tolist(), left)


def _start(executor, workers, size, seed, folder):
    arguments = map(str, (executor, workers, size.name, seed, folder))
    command = [sys.executable, "-m", __name__, *arguments]
    # Its processes are those of its session.
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)


def _group(leader: int) -> set[int]:
    """Return the other processes of a session."""
    processes = {int(entry.name) for entry in Path("/proc").glob("[0-9]*")} - {leader}
    return {process for process in processes if _status(process)[3:4] == [str(leader)]}


def _left(members: set[int], patience: float = 20.0) -> int:
    """Wait until processes have ended, kill those that do not, and return their number."""
    end = time.monotonic() + patience
    while (alive := {one for one in members if _status(one)[:1] not in ([], ["Z"])}) and (
        time.monotonic() < end
    ):
        time.sleep(0.1)
    for process in alive:
        os.kill(process, signal.SIGKILL)
    return len(alive)


def _status(process: int) -> list[str]:
    """Return the state, the parent, the group and the session of a process, if it is there."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[:4]
    except OSError:
        return []


def main(executor: str, workers: str, size: str, seed: str, folder: str) -> None:
    """Evolve with a checkpoint, print the number of each generation, and save the result."""
    from brian2_l2l_plugins.l2l import evolve

    from .network import EVALUATION, PARAMETERS

    result = evolve(
        EVALUATION,
        PARAMETERS,
        generations=SIZES[size].generations,
        population=SIZES[size].population,
        seed=int(seed),
        executor=executor,
        workers=int(workers),
        checkpoint=Path(folder, "run.checkpoint"),
        resume=True,
        report=lambda elapsed, completed, row: print(row["iteration"], flush=True),
    )
    best = [float(value) for value in result.best.values()]
    np.savez(Path(folder, "result.npz"), costs=result.costs, best=best)


if __name__ == "__main__":
    main(*sys.argv[1:])
