"""Measure training steps side by side: all processes alive, one after the other in each round."""

import math
import statistics
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from .jobs import Job
from .peer import LESS, Equations, Peer
from .peer_process import Worker, WorkerError
from .worker import Ready

#: A round of a peer lasts about so many seconds, but no more than so many steps are timed.
ROUND_SECONDS, MOST_STEPS = 1.0, 20


@dataclass
class Row:
    """
    What was measured of a peer at a job.

    Attributes
    ----------
    job : `Recurrent` or `FeedForward`
    peer : `Peer`
    ready : `Ready` or None
        What its first step gave; None if it failed.
    rounds : list of list of float
        The seconds of the steps, by round.
    memory : dict or None
        See `validation.speed.worker.step_memory`.
    failure : str
        Why there are no numbers.
    """

    job: Job
    peer: Peer
    ready: Ready | None = None
    rounds: list[list[float]] = field(default_factory=list)
    memory: dict | None = None
    failure: str = ""

    @property
    def equations(self) -> Equations:
        """How the peer's equations relate to ours."""
        return self.peer.equations(self.job)

    @property
    def counted(self) -> bool:
        """Whether it is a competitor: measured, not this project, and nothing left out."""
        others = not self.peer.ours and not self.peer.bound
        return bool(self.rounds) and others and self.equations.relation != LESS

    @property
    def quartiles(self) -> tuple[float, float, float]:
        """The quartiles of all steps in seconds; the second is the median."""
        steps = [seconds for some in self.rounds for seconds in some]
        if len(steps) == 1:
            return (steps[0],) * 3
        return tuple(statistics.quantiles(steps, n=4, method="inclusive"))

    @property
    def seconds(self) -> float:
        """The median of all steps."""
        return self.quartiles[1]

    def times_slower(self, other: "Row") -> float:
        """Give the median over the rounds of how many times slower this is than another."""
        medians = [map(statistics.median, row.rounds) for row in (self, other)]
        return statistics.median(mine / its for mine, its in zip(*medians, strict=True))


def compare(
    tasks: Sequence[tuple[Job, Peer]],
    rounds: int,
    threads: int,
    seed: int,
    say: Callable[[str], None],
    device: str = "cpu",
) -> list[Row]:
    """
    Measure training steps in interleaved rounds, so that all meet the same load of the machine.

    On the CPU the processes start one after the other, for the time of their first step counts.

    Parameters
    ----------
    tasks : sequence of (job, `Peer`)
    rounds, threads, seed : int
    say : callable
        Told what goes on.
    device : {'cpu', 'cuda'}

    Returns
    -------
    rows : list of `Row`
        In the order of the tasks.
    """
    rows, workers = [Row(job, peer) for job, peer in tasks], {}
    try:
        with ThreadPoolExecutor(1 if device == "cpu" else len(rows)) as pool:
            for index, row in enumerate(rows):
                pool.submit(_start, row, workers, index, seed, threads, device, say)
        for number in range(rounds):
            say(f"round {number + 1} of {rounds}")
            for index in sorted(workers):
                _run_round(rows[index], workers, index)
        for index in workers:
            rows[index].memory = workers[index].ask("memory")
    finally:
        for worker in workers.values():
            worker.stop()
    return rows


def _start(row, workers, index, seed, threads, device, say):
    say(f"{row.job.name}: {row.peer.name} starts")
    try:
        workers[index] = Worker(row.peer, row.job, seed, threads, device=device)
        row.ready = workers[index].ready
    except WorkerError as error:
        row.failure = str(error)


def _run_round(row, workers, index):
    worker = workers[index]
    try:
        # The first step after the others is not counted: it finds the caches full of theirs.
        (warm,) = worker.ask("run", 1)
        steps = min(MOST_STEPS, max(1, math.ceil(ROUND_SECONDS / warm)))
        row.rounds.append(worker.ask("run", steps))
    except WorkerError as error:
        row.failure, row.ready = str(error), None
        del workers[index]
