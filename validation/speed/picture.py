"""Draw the comparison: time and memory of a training step, one row of bars for each job."""

from pathlib import Path

from matplotlib.figure import Figure

from .compare import Row
from .report import describe

OURS, COUNTED, BOUND, REST = "tab:red", "tab:blue", "black", "lightgray"


def draw(results: list[list[Row]], title: str, path: Path) -> None:
    """
    Draw the rows of all jobs.

    Parameters
    ----------
    results : list of list of `Row`
        By job.
    title : str
    path : Path
        Of the picture.
    """
    heights = [1 + len(_measured(rows)) for rows in results]
    figure = Figure(figsize=(11, 1 + 0.26 * sum(heights)), layout="constrained")
    axes = figure.subplots(len(results), 2, squeeze=False, height_ratios=heights)
    for rows, (time, memory) in zip(results, axes, strict=True):
        _draw_job(_measured(rows), time, memory)
    figure.suptitle(title, fontsize="medium")
    figure.savefig(path, dpi=120)


def _measured(rows):
    return sorted((row for row in rows if row.rounds), key=lambda row: row.seconds)


def _draw_job(rows, time, memory):
    colours = [_colour(row) for row in rows]
    names = [row.peer.name for row in rows]
    seconds = [1e3 * row.seconds for row in rows]
    spread = [[1e3 * abs(row.quartiles[side] - row.seconds) for row in rows] for side in (0, 2)]
    time.barh(names, seconds, xerr=spread, color=colours, ecolor="gray")
    time.set(xlabel="ms for one training step", xscale="log", title=describe(rows[0].job))
    memory.barh(names, [row.memory["peak"] if row.memory else 0 for row in rows], color=colours)
    memory.set(xlabel="MB at the peak of a step", xscale="log", yticklabels=[])
    time.title.set_size("small")
    for axis in (time, memory):
        axis.invert_yaxis()
        axis.tick_params(labelsize="small")


def _colour(row):
    if row.peer.ours:
        return OURS
    return BOUND if row.peer.bound else COUNTED if row.counted else REST
