"""Pictures of what was found."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from pathlib import Path

from cycler import cycler
from matplotlib import rcParams
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import ScalarFormatter

from . import REFERENCE
from .cases import CASES
from .learning import FEW, Outcome
from .means import by_name, final, mean

__all__ = ["draw"]


def draw(found: Sequence[Outcome], path: Path) -> None:
    """Draw the errors against the digits seen, the time, and the bits of weights."""
    figure = Figure(figsize=(14, 4.5), layout="constrained")
    left, right, bits = figure.subplots(1, 3, sharey=True)
    for axes in (left, right):
        axes.set_prop_cycle(cycler(linestyle=["-", "--", ":"]) * rcParams["axes.prop_cycle"])
    for name, mine in by_name(found).items():
        marks = list(mine[0].errors)
        errors = [mean(mine, mark) for mark in marks]
        each = statistics.mean(outcome.milliseconds for outcome in mine)
        left.loglog(marks, errors, label=name)
        right.loglog([mark * each / 1e3 for mark in marks], errors)
    left.loglog(*zip(*REFERENCE.items(), strict=True), "k-.", label="a direct program")
    left.set(xlabel="digits seen", ylabel="error, %")
    left.set_title(f"of {FEW:,} test digits, after an epoch of all", fontsize="small")
    for which in (left.yaxis.set_major_formatter, left.yaxis.set_minor_formatter):
        which(ScalarFormatter())
    right.set(xlabel="CPU time, s")
    draw_bits(found, bits)
    figure.legend(loc="outside right", fontsize="small")
    figure.savefig(path, dpi=120)


def draw_bits(found: Sequence[Outcome], axes: Axes) -> None:
    """Draw the errors at the end against the bits, with each seed as a point."""
    few = {case.name: case.building["bits"] for case in CASES if "bits" in case.building}
    cases = by_name(outcome for outcome in found if outcome.name in few)
    axes.plot([few[name] for name in cases], [final(mine) for mine in cases.values()], "k-")
    for name, mine in cases.items():
        axes.plot([few[name]] * len(mine), [outcome.final for outcome in mine], "k.")
    whole = [outcome for outcome in found if outcome.name == "not rounded"]
    if whole:
        axes.axhline(final(whole), linestyle=":", color="k")
    axes.set(xlabel="bits of each weight (dotted: not rounded)")
