"""How time and memory of a training step grow with steps, batch, neurons and synapses."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace

from .compare import Row, compare
from .jobs import JOBS, SMOKE, Recurrent
from .peer import Peer


@dataclass(frozen=True)
class Series:
    """
    Jobs that differ in one number.

    Attributes
    ----------
    name : str
        The number: an attribute of `Recurrent`.
    jobs : tuple of `Recurrent`
    grows : bool
        Whether the work grows with the number, so that the last job is what others are compared
        with; otherwise it is the first.
    """

    name: str
    jobs: tuple[Recurrent, ...]
    grows: bool = True

    def value(self, job: Recurrent) -> float:
        """Give the number of one of the jobs."""
        return getattr(job, self.name)


def all_series(smoke: bool) -> list[Series]:
    """
    Give the series around J1, and those of 2000 neurons with fewer and fewer connections.

    Parameters
    ----------
    smoke : bool
        Whether to take small ones.
    """
    base = (SMOKE if smoke else JOBS)["J1"]
    scale = [0.5, 1, 2] if smoke else [0.25, 0.5, 1, 2]
    large = replace(base, neurons=60, adaptive=30)
    if not smoke:
        large = replace(base, neurons=2000, adaptive=1000, batch=32, steps=200)
    series = [
        Series(name, tuple(replace(base, **{name: int(getattr(base, name) * s)}) for s in scale))
        for name in ("steps", "batch")
    ]
    sizes = [int(base.neurons * s) for s in (0.5, 1, 2, 4)]
    grown = tuple(replace(base, neurons=n, adaptive=n * 5 // 11) for n in sizes)
    sparse = tuple(replace(large, connectivity=share) for share in (0.05, 0.1, 0.3, 1.0))
    return [*series, Series("neurons", grown), Series("connectivity", sparse)]


def measure(
    peers: Sequence[Peer],
    rounds: int,
    threads: int,
    seed: int,
    series: Sequence[Series],
    say: Callable[[str], None],
) -> list[tuple[Series, list[Row]]]:
    """
    Measure each series; the jobs of a series are interleaved.

    Parameters
    ----------
    peers : sequence of `Peer`
        Each is measured by itself.
    rounds, threads, seed : int
    series : sequence of `Series`
    say : callable
        Told what goes on.
    """
    return [
        (one, compare([(job, peer) for job in one.jobs], rounds, threads, seed, say))
        for one in series
        for peer in peers
    ]


def text(results: list[tuple[Series, list[Row]]]) -> str:
    """
    Make a table of each series: time, time relative to the growth of the number, memory.

    Parameters
    ----------
    results : list of (`Series`, list of `Row`)
    """
    return "\n\n".join(_one_text(series, rows) for series, rows in results)


def _one_text(series, rows):
    lines = [f"{rows[0].peer.name}, by {series.name}:"]
    ordered = list(reversed(rows)) if series.grows else rows
    other = next((row for row in ordered if row.rounds), None)
    for row in rows:
        if not row.rounds:
            lines.append(f"  {series.value(row.job):>6g}  {row.failure}")
            continue
        value, ratio = series.value(row.job), row.times_slower(other)
        what = f"{ratio:6.3f} of the first one's time"
        if series.grows:
            share = value / series.value(other.job)
            what = f"{ratio:6.3f} of the last one's time, {ratio / share:5.2f} of its share"
        memory = row.memory["peak"] if row.memory else float("nan")
        lines.append(
            f"  {value:>6g}  {1e3 * row.seconds:9.2f} ms  {memory:8.1f} MB  "
            f"{what}; {row.ready.rates[0]:.1f} Hz"
        )
    return "\n".join(lines)


def as_data(results: list[tuple[Series, list[Row]]]) -> list[dict]:
    """
    Give everything that was measured, for JSON.

    Parameters
    ----------
    results : list of (`Series`, list of `Row`)
    """
    return [
        {
            "peer": row.peer.name,
            "number": series.name,
            "job": asdict(row.job),
            "rounds": row.rounds,
            "memory_mb": row.memory,
            "rates": row.ready.rates if row.ready else None,
            "failure": row.failure,
        }
        for series, rows in results
        for row in rows
    ]
