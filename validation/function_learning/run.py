"""``python -m validation function-learning``: measure, print, draw, write."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from matplotlib.figure import Figure

from validation.intervals import half_widths
from validation.options import WeightsOptions as Options
from validation.weights import found_weights
from validation.writing import columns, write

from . import FALL, FAMILIES, FUNCTIONS, SMOKE_FUNCTIONS
from .learners import STEPS, network_errors, other_errors

#: Errors are averaged over fifths of an episode.
PARTS = 5


def run(options: Options) -> int:
    """
    Measure, print and write; give 1 if a network does not learn as it should, else 0.

    Parameters
    ----------
    options : `Options`
    """
    torch.set_num_threads(options.threads)
    size = (SMOKE_FUNCTIONS, STEPS[:1]) if options.smoke else (FUNCTIONS, STEPS)
    found = {recipe: measure(options.weights, recipe, *size) for recipe in FAMILIES}
    wrong = [text for recipe, errors in found.items() for text in complaints(recipe, errors)]
    texts = [f"{FAMILIES[recipe]}\n{table(errors)}" for recipe, errors in found.items()]
    curves = {
        recipe: {name: error.mean(1).tolist() for name, error in errors.items()}
        for recipe, errors in found.items()
    }
    data = {"complaints": wrong, "functions": size[0], "errors": curves}
    texts += [f"WRONG: {text}" for text in wrong]
    write("function_learning", data, texts, options)
    draw(found, options.picture("function_learning"))
    return 1 if wrong else 0


def measure(
    weights: Path, recipe: str, functions: int, tried: Sequence[int]
) -> dict[str, torch.Tensor]:
    """Give the errors ``[example, function]`` of all learners, by name."""
    networks = {
        network.name: network_errors(network, functions)
        for network in found_weights(weights, recipe)
    }
    return {**networks, **dict(other_errors(recipe, functions, tried))}


def complaints(recipe: str, errors: Mapping[str, torch.Tensor]) -> list[str]:
    """List what falls short of what learning to learn has to show."""
    adaptive = {name: fifths(e) for name, e in errors.items() if name.startswith("adaptive")}
    others = [fifths(e)[-1] for name, e in errors.items() if name.startswith("without")]
    if not adaptive or not others:
        return [f"{recipe}: there are no weights with adaptation, or none without"]
    linear, wrong = fifths(errors["linear, all examples"])[-1], []
    for name, parts in adaptive.items():
        if parts[0] < FALL * parts[-1]:
            wrong.append(f"{recipe}, {name}: the error falls {parts[0] / parts[-1]:.2f} times")
        if parts[-1] >= linear:
            wrong.append(f"{recipe}, {name}: {parts[-1]:.4f} in the end; linear has {linear:.4f}")
    if statistics.mean(parts[-1] for parts in adaptive.values()) >= min(others):
        wrong.append(f"{recipe}: as good without adaptation")
    return wrong


def fifths(errors: torch.Tensor) -> list[float]:
    """Give the mean errors of the fifths of an episode."""
    return errors.unflatten(0, (PARTS, -1)).mean((1, 2)).tolist()


def intervals(errors: torch.Tensor) -> list[float]:
    """Give half the widths of their intervals of 95 % confidence; functions are what was drawn."""
    return half_widths(errors.unflatten(0, (PARTS, -1)).mean(1)).tolist()


def table(errors: Mapping[str, torch.Tensor]) -> str:
    """Make a table of the mean squared errors of the fifths of an episode."""
    lines = [("mean squared error", *(f"fifth {k + 1}" for k in range(PARTS)), "first/last")]
    for name, error in errors.items():
        parts = fifths(error)
        cells = [f"{m:.4f} +- {w:.4f}" for m, w in zip(parts, intervals(error), strict=True)]
        lines.append((name, *cells, f"{parts[0] / parts[-1]:.2f}"))
    return columns(lines)


def draw(found: Mapping[str, Mapping[str, torch.Tensor]], path: Path) -> None:
    """Draw the errors along the episode."""
    figure = Figure(figsize=(10, 4), layout="constrained")
    for axes, (recipe, errors) in zip(figure.subplots(1, 2), found.items(), strict=True):
        for name, error in errors.items():
            style = "-" if "seed" in name else "--"
            axes.semilogy(range(1, len(error) + 1), error.mean(1), style, label=name, lw=1)
        axes.set(xlabel="example", ylabel="mean squared error", title=FAMILIES[recipe])
        axes.set(ylim=(1e-3, 3))
        axes.legend(fontsize="x-small")
    figure.savefig(path, dpi=120)
