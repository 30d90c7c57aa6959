"""``python -m validation lowerings``: judge random networks, print, write."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import partial
from itertools import count, islice

from tqdm import tqdm

from validation.options import CommonOptions
from validation.processes import SPAWN
from validation.writing import write

from .judge import COMPARED, CRASHED, Judged, judge
from .sanitized import run_sanitized
from .tables import complaints, differences_table, kinds_table

#: How many networks a process judges before another takes its place, as libraries stay loaded; and
#: how many processes of their own are given at once.
LIFETIME, CHUNK = 24, 6
#: A small version, to try the program.
SMOKE_NETWORKS = 2


@dataclass(frozen=True, kw_only=True)
class Options(CommonOptions):
    """
    What the command line asks for.

    Attributes
    ----------
    networks : int
        How many must be compared.
    sanitized : int
        How many must run with the sanitizers of the compiler.
    """

    networks: int
    sanitized: int


def run(options: Options) -> int:
    """
    Judge, print and write; give 1 if something is not as it should be, else 0.

    Parameters
    ----------
    options : `Options`
    """
    wanted = SMOKE_NETWORKS if options.smoke else options.networks
    found = judge_all(options.seed, wanted, options.threads)
    wrong = complaints(found)
    texts = [kinds_table(found), differences_table(found)]
    if options.sanitized:
        said, clean = run_sanitized(options.seed, options.sanitized, options.threads)
        texts.append(said)
        wrong += [] if clean else ["the sanitizers complain"]
    texts += [f"WRONG: {text}" for text in wrong]
    data = {"complaints": wrong, "networks": [asdict(judged) for judged in found]}
    write(f"lowerings_{options.seed}", data, texts, options)
    return 1 if wrong else 0


def judge_all(
    seed: int, wanted: int, processes: int, one: Callable[[int, int], Judged] = judge
) -> list[Judged]:
    """
    Judge the networks of a seed, until so many could be compared.

    Parameters
    ----------
    seed, wanted, processes : int
    one : callable
        Judges a network by the seed and its number, in another process.
    """
    found: list[Judged] = []
    indices, size = count(), CHUNK * processes
    with (
        tqdm(total=wanted, desc=f"seed {seed}", unit="network") as bar,
        suppress(KeyboardInterrupt),
    ):
        while (compared := Counter(judged.kind for judged in found)[COMPARED]) < wanted:
            bar.update(compared - bar.n)
            found += _judge_some(partial(one, seed), list(islice(indices, size)), processes)
        bar.update(wanted - bar.n)
    return found


def _judge_some(one: Callable, indices: Sequence[int], processes: int) -> list[Judged]:
    options = {"mp_context": SPAWN, "max_tasks_per_child": LIFETIME}
    try:
        with ProcessPoolExecutor(processes, **options) as pool:
            return list(pool.map(one, indices))
    except BrokenProcessPool:
        if len(indices) == 1:
            return [Judged(indices[0], CRASHED)]
    # One of them has ended the process: each gets one of its own.
    return sum((_judge_some(one, [index], 1) for index in indices), [])
