"""``python -m validation outer-loop``: disturb, compare, measure, print, write."""

import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from brian2_l2l_plugins.l2l import EvolutionResult, evolve
from validation.options import CommonOptions as Options
from validation.writing import columns, write

from . import OVERHEAD, RATES
from .killing import Noted, killer
from .network import EVALUATION, MILLISECONDS, NEURONS, PARAMETERS, rate
from .overhead import measure_overhead
from .sizes import SIZES, Size
from .whole_run import kill_and_start_again

EXECUTORS = ("processes", "dask")


@dataclass
class Row:
    """
    What became of a disturbed run.

    Attributes
    ----------
    name : str
    kills : int
    results, identical : int
        Evaluations that have a result, and those that have the result of the undisturbed run.
    same_end : bool
        Whether it ends with the same best values.
    left : int
        Processes that it left behind.
    seconds : float
    """

    name: str
    kills: int
    results: int
    identical: int
    same_end: bool
    left: int
    seconds: float

    @classmethod
    def compare(cls, name, wanted: EvolutionResult, costs, best, kills, left, start) -> "Row":
        """Compare the costs and the best values of a run with those of the undisturbed one."""
        return cls(
            name=name,
            kills=kills,
            results=int(np.isfinite(costs).sum()),
            identical=int((costs == wanted.costs).sum()),
            same_end=list(best) == list(map(float, wanted.best.values())),
            left=left,
            seconds=time.perf_counter() - start,
        )


def run(options: Options) -> int:
    """
    Disturb, compare and measure; give 1 if something is not as it must be, else 0.

    Parameters
    ----------
    options : `Options`
    """
    size = SIZES["smoke" if options.smoke else "full"]
    start = time.perf_counter()
    _say("undisturbed, one process")
    wanted = _evolve("serial", size, options)
    firing = rate(EVALUATION.run(wanted.best, wanted.best_seed))
    rows = [Row.compare("undisturbed, one process", wanted, *_outcome(wanted), 0, 0, start)]
    for executor in EXECUTORS:
        rows.append(disturb(executor, size, options, wanted))
        rows.append(restart(executor, size, options, wanted))
    measured = measure_overhead(size.overhead, _say)
    wrong = complaints(size, rows, measured["overhead"], firing)
    texts = [table(size, rows, firing), overhead_table(measured)]
    texts += [f"WRONG: {complaint}" for complaint in wrong]
    data = {
        "size": asdict(size),
        "runs": [asdict(row) for row in rows],
        "rate": firing,
        "seconds": measured,
        "complaints": wrong,
    }
    write("outer_loop", data, texts, options)
    return 1 if wrong else 0


def disturb(executor: str, size: Size, options: Options, wanted: EvolutionResult) -> Row:
    """Evolve while processes are killed."""
    _say(f"{executor}, processes killed")
    start = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="brian2_l2l_outer_loop_") as folder:
        file = Path(folder, "notes")
        with killer(file, size.every) as killed:
            found = _evolve(executor, size, options, Noted(file))
    return Row.compare(
        f"{executor}, {len(killed)} processes killed",
        wanted,
        *_outcome(found),
        len(killed),
        0,
        start,
    )


def restart(executor: str, size: Size, options: Options, wanted: EvolutionResult) -> Row:
    """Kill a whole run several times."""
    _say(f"{executor}, the run killed")
    start = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="brian2_l2l_outer_loop_") as folder:
        found = kill_and_start_again(executor, options.threads, size, options.seed, Path(folder))
    generations = ", ".join(map(str, found.killed_at))
    return Row.compare(
        f"{executor}, run killed after generations {generations}",
        wanted,
        found.costs,
        found.best,
        len(found.killed_at),
        found.left,
        start,
    )


def complaints(
    size: Size, rows: Sequence[Row], overhead: Mapping[str, float], firing: float
) -> list[str]:
    """List what is not as it must be."""
    found, number = [], size.generations * size.population
    for row in rows:
        if not (row.results == row.identical == number and row.same_end):
            found.append(f"{row.name}: {row.identical} of {number} results are identical")
        if row.left:
            found.append(f"{row.name}: {row.left} processes are left")
    killed = [row for row in rows if "processes killed" in row.name]
    found += [
        f"{row.name}: there must be {number // size.every}"
        for row in killed
        if row.kills != number // size.every
    ]
    found += [
        f"{name}: an evaluation takes {1e3 * seconds:.0f} ms longer than the program"
        for name, seconds in overhead.items()
        if seconds > OVERHEAD
    ]
    if not RATES[0] <= firing <= RATES[1]:
        found.append(f"neurons fire at {firing:.1f} Hz at the best values")
    return found


def table(size: Size, rows: Sequence[Row], firing: float) -> str:
    """Make the table of the disturbed runs."""
    lines = [("", "results", "identical", "same end", "processes left", "s")]
    for row in rows:
        lines.append(
            (
                row.name,
                str(row.results),
                str(row.identical),
                "yes" if row.same_end else "NO",
                str(row.left),
                f"{row.seconds:.0f}",
            )
        )
    return (
        f"{size.generations} generations of {size.population} evaluations of {NEURONS} neurons, "
        f"{MILLISECONDS} ms; {firing:.1f} Hz at the best values\n{columns(lines)}"
    )


def overhead_table(measured: Mapping) -> str:
    """Make the table of the times of an evaluation."""
    lines = [("", "longer than the program, ms", "evaluation of nothing, ms")]
    for name, seconds in measured["overhead"].items():
        lines.append((name, f"{1e3 * seconds:.2f}", f"{1e3 * measured['nothing'][name]:.2f}"))
    return f"The program alone takes {1e3 * measured['program']:.1f} ms\n{columns(lines)}"


def _evolve(executor: str, size: Size, options: Options, inner=EVALUATION) -> EvolutionResult:
    return evolve(
        inner,
        PARAMETERS,
        generations=size.generations,
        population=size.population,
        seed=options.seed,
        executor=executor,
        workers=None if executor == "serial" else options.threads,
    )


def _outcome(result: EvolutionResult):
    return result.costs, [float(value) for value in result.best.values()]


def _say(text: str) -> None:
    print(text, flush=True)
