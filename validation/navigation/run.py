"""``python -m validation navigation``: walk, print, draw, write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from matplotlib.figure import Figure

from brian2_l2l.tasks import Paths
from validation.intervals import half_widths
from validation.options import WeightsOptions as Options
from validation.weights import TrainedNetwork
from validation.writing import columns, write

from . import DETOUR, GOALS, HITS, SMOKE_GOALS
from .walkers import RANDOM, networks, others

#: The scores of `Paths.intervals`, in words.
SCORES = {
    "goals": "goals",
    "found": "found any",
    "first_hit": "first hit, step",
    "detour": "path/straight",
    "walked_detour": "and walked in vain",
}
#: Episodes that are drawn of each network.
DRAWN = 4


def run(options: Options) -> int:
    """
    Walk, print and write; give 1 if networks do not learn as they should, else 0.

    Parameters
    ----------
    options : `Options`
    """
    torch.set_num_threads(options.threads)
    goals = SMOKE_GOALS if options.smoke else GOALS
    found, rest = networks(options.weights, goals), others(goals, options.seed)
    wrong = complaints(found, rest[RANDOM])
    walked = {**{network.name: paths for network, paths in found.items()}, **rest}
    data = {
        "complaints": wrong,
        "scores": {name: paths.intervals() for name, paths in walked.items()},
        "goals": {name: paths.number.tolist() for name, paths in walked.items()},
    }
    texts = [f"{goals} unseen goals\n{table(walked)}", *(f"WRONG: {text}" for text in wrong)]
    write("navigation", data, texts, options)
    draw(walked, options.picture("navigation"))
    return 1 if wrong else 0


def complaints(found: Mapping[TrainedNetwork, Paths], random: Paths) -> list[str]:
    """List what falls short of what learning to navigate has to show."""
    adaptive = {network.name: paths for network, paths in found.items() if network.adaptive}
    controls = [paths for network, paths in found.items() if not network.adaptive]
    if not adaptive or not controls:
        return ["there are no weights with adaptation, or none without"]
    wrong, least = [], HITS * float(random.number.double().mean())
    for name, paths in adaptive.items():
        detour, goals = paths.intervals()["detour"][0], float(paths.number.double().mean())
        if not detour <= DETOUR:
            wrong.append(f"{name}: paths are {detour:.2f} times the straight line")
        if goals < least:
            wrong.append(f"{name}: {goals:.2f} goals; wanted are {least:.2f}")
    more, width = difference(list(adaptive.values()), controls)
    if more <= width:
        wrong.append(f"{more:.2f} +- {width:.2f} more goals than without adaptation")
    return wrong


def difference(some: Sequence[Paths], others: Sequence[Paths]) -> tuple[float, float]:
    """
    Give how many more goals some have than others, and half the width of the interval of 95 %.

    Seeds are averaged, and goals are what was drawn: they are the same for all.
    """
    means = [
        torch.stack([paths.number.double() for paths in group]).mean(0) for group in (some, others)
    ]
    more = means[0] - means[1]
    return float(more.mean()), float(half_widths(more))


def table(walked: Mapping[str, Paths]) -> str:
    """Make a table of the scores."""
    lines = [("", *SCORES.values())]
    for name, paths in walked.items():
        scores = paths.intervals()
        lines.append((name, *("{:.2f} +- {:.2f}".format(*scores[score]) for score in SCORES)))
    return columns(lines)


def draw(walked: Mapping[str, Paths], path: Path) -> None:
    """Draw the first episodes of everybody: grey before the first hit, then blue."""
    figure = Figure(figsize=(2 * DRAWN, 2.2 * len(walked)), layout="constrained")
    places = figure.subplots(len(walked), DRAWN)
    for row, (name, paths) in zip(places, walked.items(), strict=True):
        for trial, axes in enumerate(row):
            paths.draw(axes, trial)
            axes.set_title(f"{int(paths.number[trial])} hits", fontsize="small")
        row[0].set_ylabel(name, fontsize="small")
    figure.savefig(path, dpi=90)
