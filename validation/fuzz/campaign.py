"""Judge random networks, many at a time, until enough of them count."""

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import wait

from tqdm import tqdm

from .judge import COUNTED, CRASHED, REFUSED, SILENT, WRONG
from .worker import Result, Worker

#: Reducing a failing script takes minutes: only so many are reduced.
MOST_REDUCED = 6
#: So many times the wanted networks are tried at most, lest a generator of silent ones never ends.
MOST_TRIED = 3
#: A network that takes longer than this (seconds) hangs.
PATIENCE = 1800


@dataclass
class Campaign:
    """
    The results of a campaign.

    Attributes
    ----------
    seed, wanted : int
        The seed, and how many networks should count.
    results : list of `Result`
        What came of each network.
    seconds : float
        How long it took.
    """

    seed: int
    wanted: int
    results: list[Result] = field(default_factory=list)
    seconds: float = 0.0

    def count(self, *kinds: str) -> int:
        """Count the networks with one of these verdicts."""
        return sum(result.verdict.kind in kinds for result in self.results)

    def of_kind(self, *kinds: str) -> list[Result]:
        """List the networks with one of these verdicts, by number."""
        chosen = [result for result in self.results if result.verdict.kind in kinds]
        return sorted(chosen, key=lambda result: result.index)

    @property
    def counted(self) -> int:
        """How many networks count."""
        return self.count(*COUNTED)

    def uses(self) -> dict[str, int]:
        """Count in how many of the networks that ran identically or not each feature was used."""
        uses: dict[str, int] = {}
        for result in self.results:
            if result.verdict.kind in COUNTED and result.verdict.kind != REFUSED:
                for feature in result.features:
                    uses[feature] = uses.get(feature, 0) + 1
        return uses


def run_campaign(seed: int, wanted: int, processes: int, device: str = "torch") -> Campaign:
    """
    Judge networks until `wanted` of them count.

    Parameters
    ----------
    seed : int
        The seed; with the number of a network it determines the network.
    wanted : int
        How many networks must count.
    processes : int
        How many are judged at the same time.
    device : str
        The device under test.

    Returns
    -------
    campaign : `Campaign`
        All results; after Ctrl-C, those that there are.
    """
    campaign, start = Campaign(seed, wanted), time.monotonic()
    with (
        suppress(KeyboardInterrupt),
        tqdm(total=wanted, desc=f"seed {seed}", unit="network") as bar,
    ):
        for result in _results(campaign, processes, device):
            campaign.results.append(result)
            bar.update(min(campaign.counted, wanted) - bar.n)
            wrong, refused = campaign.count(*WRONG), campaign.count(REFUSED)
            silent = campaign.count(SILENT)
            bar.set_postfix(wrong=wrong, refused=refused, silent=silent, refresh=False)
    campaign.seconds = time.monotonic() - start
    return campaign


def _results(campaign: Campaign, processes: int, device: str) -> Iterator[Result]:
    workers = [Worker(campaign.seed, device) for _ in range(processes)]
    indices = iter(range(MOST_TRIED * campaign.wanted))
    busy: list[Worker] = []
    try:
        while True:
            for k, worker in enumerate(workers):
                if worker not in busy and campaign.counted + len(busy) < campaign.wanted:
                    index = next(indices, None)
                    if index is None:
                        break
                    workers[k] = worker = _fresh(worker, campaign.seed, device)
                    worker.send(index, campaign.count(*WRONG) < MOST_REDUCED)
                    busy.append(worker)
            if not busy:
                return
            yield from _collect(busy)
    finally:
        for worker in workers:
            worker.close()


def _fresh(worker: Worker, seed: int, device: str) -> Worker:
    if not worker.spent:
        return worker
    worker.close()
    return Worker(seed, device)


def _collect(busy: list[Worker]) -> Iterator[Result]:
    """Wait for the next results; if there is none for very long, give the workers up."""
    ready = wait([worker.connection for worker in busy], PATIENCE)
    for worker in [w for w in busy if w.connection in ready or not ready]:
        if not ready:
            worker.process.kill()
        busy.remove(worker)
        result = worker.receive()
        if result.verdict.kind == CRASHED:
            worker.process.join()
        yield result
