"""
``python -m validation sparse``: how a training step grows.

Three claims are measured. A network of 2000 neurons at 10 % connectivity costs at most a fifth of
the time and of the memory of the fully connected one. Time is proportional to the number of time
steps and to the batch, within 15 %. And small delays, the same for all connections or not, cost
next to nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from validation.options import CommonOptions
from validation.writing import write

from . import registry, scaling
from .compare import Row
from .jobs import JOBS, RATES, SMOKE
from .scaling import Series

#: Next to no connections: what such a network costs does not depend on them.
FEW = 0.001

#: Delays of recurrent connections, in steps.
DELAYS = (0, 1, 5, 20)

#: The largest share that the sparse network may cost, and the largest relative deviation.
SHARE, DEVIATION = 0.2, 0.15


@dataclass(frozen=True, kw_only=True)
class Options(CommonOptions):
    """
    What the command line asks for.

    Attributes
    ----------
    rounds : int
    """

    rounds: int


def all_series(smoke: bool) -> list[Series]:
    """
    Give a network with few, some and all connections; J1 with other steps, batches and delays.

    Parameters
    ----------
    smoke : bool
        Whether to take small ones.
    """
    large = replace(JOBS["J2"], neurons=2000, adaptive=1000, steps=200)
    base = SMOKE["J2"] if smoke else large
    jobs = tuple(replace(base, connectivity=share) for share in (FEW, 0.1, 1.0))
    linear = [s for s in scaling.all_series(smoke) if s.name in ("steps", "batch")]
    small = (SMOKE if smoke else JOBS)["J1"]
    delays = DELAYS[::3] if smoke else DELAYS
    delayed = [
        Series(name, tuple(replace(small, **{name: steps}) for steps in delays), grows=False)
        for name in ("delay", "spread")
    ]
    return [Series("connectivity", jobs), *linear, *delayed]


def run(options: Options) -> int:
    """
    Measure, print and write; give 1 if a network failed or does not fire as it should, else 0.

    Parameters
    ----------
    options : `Options`
    """
    # The fastest of ours is the last one.
    peer = [peer for peer in registry.PEERS if peer.ours][-1]
    results = scaling.measure(
        [peer],
        options.rounds,
        options.threads,
        options.seed,
        all_series(options.smoke),
        lambda text: print(text, flush=True),
    )
    wrong = [text for _, rows in results for text in complaints(rows, strict=not options.smoke)]
    found = {} if wrong else conclude(results)
    texts = [scaling.text(results), *verdict(found), *(f"WRONG: {text}" for text in wrong)]
    data = {"series": scaling.as_data(results), "conclusions": found, "complaints": wrong}
    write("sparse", data, texts, options)
    return 1 if wrong else 0


def complaints(rows: Sequence[Row], strict: bool) -> list[str]:
    """List what failed, and rates outside the limits; small networks need not keep them."""
    found = [f"{row.job}: {row.failure}" for row in rows if row.failure]
    for row in rows:
        rate = row.ready.rates[0] if row.ready else 0.0
        if row.ready and not (RATES[0] <= rate <= RATES[1] if strict else 1 < rate < 100):
            found.append(f"{row.job}: {rate:.1f} Hz")
    return found


def conclude(results: Sequence[tuple[Series, list[Row]]]) -> dict:
    """
    Give the shares of few and of some connections, deviations from lines, and what delays cost.

    Parameters
    ----------
    results : sequence of (`Series`, list of `Row`)
        In the order of `all_series`.
    """
    (_, (few, sparse, full)), *others = results
    shares, fixed = ({"time": row.times_slower(full)} for row in (sparse, few))
    if sparse.memory and few.memory and full.memory:
        for found, row in ((shares, sparse), (fixed, few)):
            found["memory"] = row.memory["peak"] / full.memory["peak"]
    deviations = {
        series.name: deviations_from_lines(
            [series.value(row.job) for row in rows], [row.times_slower(rows[-1]) for row in rows]
        )
        for series, rows in others
        if series.grows
    }
    delays = {
        series.name: max(row.times_slower(rows[0]) for row in rows[1:])
        for series, rows in others
        if not series.grows
    }
    return {"shares": shares, "fixed": fixed, "deviations": deviations, "delays": delays}


def deviations_from_lines(values: Sequence[float], times: Sequence[float]) -> dict[str, float]:
    """
    Give the largest relative deviations of times from two lines.

    Parameters
    ----------
    values, times : sequence of float
        What grows, and the time it takes.

    Returns
    -------
    deviations : dict of str to float
        ``proportional``: from the line through zero and the last time; ``affine``: from the line
        with the smallest squares of relative deviations.
    """
    values, times = np.asarray(values, float), np.asarray(times, float)
    lines = {
        "proportional": times[-1] / values[-1] * values,
        "affine": np.polyval(np.polyfit(values, times, 1, w=1 / times), values),
    }
    return {name: float(np.abs(times / line - 1).max()) for name, line in lines.items()}


def verdict(found: dict) -> list[str]:
    """Give the conclusions of `conclude` in words, with the limits that they are held to."""
    if not found:
        return []
    lines = [
        f"10 % of the connections need {share:.1%} of the {what} (claimed: at most {SHARE:.0%}), "
        f"and next to none {found['fixed'][what]:.1%}"
        for what, share in found["shares"].items()
    ]
    lines += [
        f"time by {name}: at most {some['proportional']:.1%} from the proportional line (claimed: "
        f"{DEVIATION:.0%}), {some['affine']:.1%} from a straight line"
        for name, some in found["deviations"].items()
    ]
    kinds = {"delay": "of all connections", "spread": "that differ"}
    lines += [
        f"delays {kinds[name]} of up to {DELAYS[-1]} steps: at most {ratio:.3f} times the time"
        for name, ratio in found["delays"].items()
    ]
    return ["\n".join(lines)]
