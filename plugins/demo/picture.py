"""The picture of the demo: how the network learned, what it does, and what changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from brian2_l2l.training import TrainingResult
from brian2_l2l_plugins.demo.answers import Answers

TITLES = {"S_in": "input weights", "S_rec": "recurrent weights", "S_out": "readout weights"}


@dataclass(frozen=True, eq=False)
class Story:
    """What the picture shows.

    Attributes
    ----------
    result : TrainingResult
        The course of training.
    accuracy : float
        On the test digits, from 0 to 1.
    answers : Answers
        The activity of the trained network.
    pictures : array, shape (row, digit, column)
        The test digits.
    labels : array, shape (digit,)
        Their classes.
    before, after : mapping
        Name of the synapses -> weights.
    step : float
        The time step in milliseconds.
    """

    result: TrainingResult
    accuracy: float
    answers: Answers
    pictures: np.ndarray
    labels: np.ndarray
    before: Mapping[str, np.ndarray]
    after: Mapping[str, np.ndarray]
    step: float


def draw(path: Path, story: Story, digit: int = 0) -> None:
    """Draw the picture, with the spikes of one digit.

    Without pyplot: no window system is asked for, and the user's figures stay as they are.
    """
    figure = Figure(figsize=(12, 7.5), layout="constrained")
    FigureCanvasAgg(figure)
    upper, lower = figure.subfigures(2, 1, height_ratios=(1.35, 1))
    left, right = upper.subfigures(1, 2, width_ratios=(1, 1.6))
    losses, accuracies = left.subplots(2, 1, sharex=True)
    _draw_losses(losses, story)
    _draw_accuracies(accuracies, story)
    _draw_digit(right, story, digit)
    for axes, name in zip(lower.subplots(1, len(TITLES)), TITLES, strict=True):
        _draw_weights(axes, name, story)
    figure.savefig(path, dpi=120)


def _draw_losses(axes: Axes, story: Story) -> None:
    _draw_curves(axes, story.result, "loss")
    axes.set(title="learning", ylabel="cross-entropy", yscale="log")
    axes.legend(frameon=False)


def _draw_accuracies(axes: Axes, story: Story) -> None:
    _draw_curves(axes, story.result, "accuracy", 100)
    axes.axhline(
        100 * story.accuracy, color="C2", ls="--", label=f"test: {100 * story.accuracy:.1f} %"
    )
    axes.set(xlabel="update", ylabel="correct (%)", ylim=(0, 102))
    axes.legend(frameon=False, loc="lower right")


def _draw_curves(axes: Axes, result: TrainingResult, name: str, scale: float = 1) -> None:
    updates, values = result.curve(f"train_{name}")
    axes.plot(updates, scale * values, color="C0", alpha=0.25, lw=0.8)
    axes.plot(*_smoothed(updates, scale * values), color="C0", label="training")
    updates, values = result.curve(f"validation_{name}")
    axes.plot(updates, scale * values, color="C1", label="validation")
    if result.best_iteration is not None:
        axes.axvline(result.best_iteration, color="0.6", lw=0.8, ls=":")
    axes.spines[["top", "right"]].set_visible(False)


def _smoothed(updates: np.ndarray, values: np.ndarray, width: int = 20):
    width = min(width, len(values))
    return updates[width - 1 :], np.convolve(values, np.full(width, 1 / width), mode="valid")


def _draw_digit(figure, story: Story, digit: int) -> None:
    image, raster, readout = figure.subplot_mosaic(
        [["image", "raster"], ["image", "readout"]], width_ratios=(1, 3.2), height_ratios=(1.6, 1)
    ).values()
    time = story.step * np.arange(len(story.answers.readout))
    image.imshow(story.pictures[:, digit], cmap="gray_r")
    image.set(title=f"digit {story.labels[digit]}", xticks=[], yticks=[])
    image.set_ylabel("shown row by row")
    step, neuron = np.nonzero(story.answers.spikes[:, digit])
    # The neurons that spike first at the bottom: waves through the network can be seen.
    order = _order_of_first_spikes(story.answers.spikes[:, digit])
    raster.scatter(story.step * step, order[neuron], s=2, c="k", linewidths=0)
    raster.set(title="spikes of the hidden neurons", ylabel="neuron, by first spike")
    raster.set(xlim=(-0.5, time[-1] + 0.5), xticklabels=[])
    classes = story.answers.classes()
    for k, values in enumerate(story.answers.readout[:, digit].T):
        chosen = k == classes[digit]
        readout.plot(
            time, values, color="C3" if chosen else "0.7", lw=2 if chosen else 1, zorder=2 + chosen
        )
    readout.set(xlabel="time (ms)", ylabel="readout", xlim=raster.get_xlim())
    readout.set_title(f"answer: {classes[digit]} (red)")
    for axes in (raster, readout):
        axes.spines[["top", "right"]].set_visible(False)


def _order_of_first_spikes(spikes: np.ndarray) -> np.ndarray:
    """Return the rank of each neuron by its first spike; spikes are (time, neuron)."""
    first = np.where(spikes.any(axis=0), spikes.argmax(axis=0), len(spikes))
    return first.argsort(kind="stable").argsort(kind="stable")


def _draw_weights(axes: Axes, name: str, story: Story) -> None:
    before, after = story.before[name], story.after[name]
    limit = np.quantile(np.abs(np.concatenate([before, after])), 0.999)
    bins = np.linspace(-limit, limit, 61)
    axes.hist(before, bins, color="0.75", label="before")
    axes.hist(after, bins, histtype="step", color="C3", lw=1.5, label="after")
    axes.set(title=TITLES[name], xlabel="weight", ylabel="synapses", xlim=(-limit, limit))
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
