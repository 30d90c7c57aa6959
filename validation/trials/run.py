"""``python -m validation trials``: measure, compare, print, write."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from validation.options import CommonOptions
from validation.writing import columns, write

from .engines import engines
from .measure import Row, complaints, measure, wrong_rate
from .networks import SIZES, SMOKE, Size

HEAD = ("", "ms/trial", "with building", "Brian2/this", "with building", "identical", "Hz")


@dataclass(frozen=True, kw_only=True)
class Options(CommonOptions):
    """
    What the command line asks for.

    Attributes
    ----------
    networks : sequence of str
    rounds : int
    """

    networks: Sequence[str]
    rounds: int


def run(options: Options) -> int:
    """
    Measure, print and write; give 1 if the engines do not agree, else 0.

    Parameters
    ----------
    options : `Options`
    """
    texts, data, wrong = [], {}, []
    for name in options.networks:
        size = (SMOKE if options.smoke else SIZES)[name]
        rows = measure(
            name,
            size,
            engines(options.threads),
            options.rounds,
            options.threads,
            options.seed,
            _say,
        )
        rate = float(rows[0].counts.mean() / size.milliseconds * 1e3)
        wrong += [*complaints(name, rows), *wrong_rate(name, rate)]
        texts.append(table(name, size, rows))
        data[name] = as_data(size, rows, rate)
    texts += [f"WRONG: {complaint}" for complaint in wrong]
    write("trials", {"networks": data, "complaints": wrong}, texts, options)
    return 1 if wrong else 0


def table(name: str, size: Size, rows: Sequence[Row]) -> str:
    """Make the table of a network; the first row is Brian2's."""
    first, lines = rows[0], [HEAD]
    for row in rows:
        lines.append(
            (
                row.engine.name,
                f"{1e3 * row.trial_seconds:.3f}",
                f"{1e3 * row.whole_seconds:.1f}",
                f"{first.times_slower(row):.2f}",
                f"{first.whole_seconds / row.whole_seconds:.2f}",
                f"{row.identical(first):.0%}",
                f"{row.counts.mean() / size.milliseconds * 1e3:.1f}",
            )
        )
    title = f"{name}: {size.neurons} neurons, {size.trials} trials of {size.milliseconds} ms"
    return f"{title}\n{columns(lines)}"


def as_data(size: Size, rows: Sequence[Row], rate: float) -> dict:
    """Give everything that was measured of a network, for JSON."""
    first = rows[0]
    return {
        "size": asdict(size),
        "rate": rate,
        "engines": {
            row.engine.name: {
                "dtype": row.engine.dtype,
                "rounds": row.rounds,
                "build_seconds": row.build_seconds,
                "first_seconds": row.first_seconds,
                "trial_seconds": row.trial_seconds,
                "whole_seconds": row.whole_seconds,
                "times_faster": first.times_slower(row),
                "identical": row.identical(first),
                "spikes": row.counts.sum(axis=1).tolist(),
            }
            for row in rows
        },
    }


def _say(text):
    print(text, flush=True)
