"""Say what a comparison found, as text for people and as data for programs."""

from dataclasses import asdict

from validation.writing import columns

from .compare import Row
from .jobs import Job, Recurrent
from .peak import backward_operations

HEAD = ("", "ms", "quartiles", "MB", "slower", "Hz", "norms of gradients", "float64", "counts")


def best_of_ours(rows: list[Row]) -> Row | None:
    """Give our fastest row."""
    ours = [row for row in rows if row.peer.ours and row.rounds]
    return min(ours, key=lambda row: row.seconds, default=None)


def describe(job: Job) -> str:
    """Describe a job in one line."""
    if isinstance(job, Recurrent):
        network = (
            f"{job.neurons} neurons ({job.adaptive} adaptive), {job.inputs} inputs, "
            f"{job.outputs} outputs"
        )
    else:
        network = "-".join(map(str, job.layers))
    return f"{job.name}: {network}, batch {job.batch}, {job.steps} steps"


def table(rows: list[Row], differences: dict) -> str:
    """
    Make the table of a job, with notes below.

    Parameters
    ----------
    rows : list of `Row`
    differences : dict
        Of `validation.speed.same_work.exact_differences`.
    """
    ours = best_of_ours(rows)
    lines = [HEAD, *(_cells(row, ours, differences) for row in rows if row.rounds)]
    text = [describe(rows[0].job), columns(lines)]
    text += [
        f"{row.peer.name}: {row.equations.differences}" for row in rows if row.equations.differences
    ]
    return "\n".join(text)


def _cells(row, ours, differences):
    low, middle, high = (1e3 * seconds for seconds in row.quartiles)
    digits = 2 if middle < 10 else 1
    difference = differences.get(row.peer.name, "")
    return (
        row.peer.name,
        f"{middle:.{digits}f}",
        f"{low:.{digits}f} to {high:.{digits}f}",
        f"{row.memory['peak']:.0f}" if row.memory else "?",
        f"{row.times_slower(ours):.2f}" if ours else "",
        " ".join(f"{rate:.1f}" for rate in row.ready.rates),
        " ".join(f"{norm:.3g}" for norm in sorted_values(row.ready.norms)),
        f"{difference:.0e}" if isinstance(difference, float) else difference and "failed",
        "yes" if row.counted else "ours" if row.peer.ours else "",
    )


def sorted_values(norms: dict[str, float]) -> list[float]:
    """Give the norms by the names of the synapses."""
    return [norms[name] for name in sorted(norms)]


def verdict(rows: list[Row], peaks: dict[str, float]) -> list[str]:
    """
    Give the conclusions of a job, one line each.

    Parameters
    ----------
    rows : list of `Row`
    peaks : dict
        Of `validation.speed.peak.measure_peaks`.
    """
    ours = best_of_ours(rows)
    if ours is None:
        return []
    lines = [_comparison(ours, row) for row in _compared(rows)]
    lines += _memory_line(ours, rows)
    operations = backward_operations(rows[0].job)
    reached = operations / ours.seconds
    lines.append(
        f"the products that carry the gradient back: {operations / 1e9:.2f} GFLOP a step, "
        f"{reached / 1e9:.0f} GFLOP/s over the whole step; torch multiplies these shapes at "
        f"{peaks['shapes'] / 1e9:.0f} GFLOP/s ({reached / peaks['shapes']:.0%} reached), large "
        f"matrices at {peaks['large'] / 1e9:.0f} GFLOP/s ({reached / peaks['large']:.0%})"
    )
    return lines


def _comparison(ours, row):
    if row.peer.bound:
        longer = ours.times_slower(row)
        return f"{ours.peer.name} takes {longer:.2f} times as long as {row.peer.name}"
    faster = row.times_slower(ours)
    return f"{ours.peer.name} is {faster:.2f} times faster than {row.peer.name}, the fastest peer"


def _compared(rows):
    competitors = [row for row in rows if row.counted]
    found = [min(competitors, key=lambda row: row.seconds)] if competitors else []
    return found + [row for row in rows if row.peer.bound and row.rounds]


def _memory_line(ours, rows):
    loop = next((row for row in rows if row.peer.key == "loop" and row.memory), None)
    if loop is None or not ours.memory:
        return []
    share = ours.memory["peak"] / loop.memory["peak"]
    return [f"{ours.peer.name} needs {share:.1%} of the memory of the {loop.peer.name}"]


def as_data(rows: list[Row], differences: dict, peaks: dict) -> dict:
    """
    Give everything that was measured of a job, for JSON.

    Parameters
    ----------
    rows : list of `Row`
    differences, peaks : dict
    """
    return {
        "job": asdict(rows[0].job),
        "peaks": peaks,
        "backward_operations": backward_operations(rows[0].job),
        "peers": {row.peer.name: _row_data(row, differences) for row in rows},
    }


def _row_data(row, differences):
    data = asdict(row.equations) | {"counted": row.counted}
    if not row.rounds:
        return data | {"failure": row.failure}
    return data | {
        "seconds": row.seconds,
        "quartiles": row.quartiles,
        "rounds": row.rounds,
        "memory_mb": row.memory,
        "float64_difference": differences.get(row.peer.name),
        **asdict(row.ready),
    }
