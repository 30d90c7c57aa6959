"""``python -m validation rewiring``: train with and without rewiring, print, draw, write."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from brian2 import Hz, ms, prefs
from matplotlib.figure import Figure

import brian2_l2l as l2l
from brian2_l2l.tasks import PicturesTask, pictures_mnist
from validation.options import DigitsOptions
from validation.processes import limited_process
from validation.writing import columns, write

from . import AHEAD, SHARES
from .network import SIZES, build_network, make_mirror

#: A small version, to try the program.
SMOKE_SHARES, SMOKE_ITERATIONS = (0.1, 0.01), 20

#: The wirings that are compared: the rewiring of `brian2_l2l.train`.
WIRINGS = {"deep_r": "deep_r", "fixed": None}

#: The rates, in Hz, between which the hidden neurons must fire.
RATES = 3.0, 250.0


@dataclass(frozen=True, kw_only=True)
class Options(DigitsOptions):
    """
    What the command line asks for.

    Attributes
    ----------
    iterations, seeds : int
        How many.
    """

    iterations: int
    seeds: int


@dataclass(frozen=True)
class Outcome:
    """
    One training.

    Attributes
    ----------
    share : float
        The part of the possible connections.
    wiring : str
        A key of `WIRINGS`.
    seed, connections : int
    accuracy : float
        Of all test digits.
    seconds : float
        Median of an iteration.
    rates : dict
        Of the hidden layers, at the end, in Hz.
    """

    share: float
    wiring: str
    seed: int
    connections: int
    accuracy: float
    seconds: float
    rates: dict[str, float]


def run(options: Options) -> int:
    """
    Train, print and write; give 1 if rewiring is not ahead where it should be, else 0.

    Parameters
    ----------
    options : `Options`
    """
    shares = SMOKE_SHARES if options.smoke else SHARES
    found = []
    for seed in range(options.seed, options.seed + options.seeds):
        for share in shares:
            for wiring in WIRINGS:
                found.append(limited_process(train, options.threads, options, share, wiring, seed))
                print(found[-1], flush=True)
    wrong = [] if options.smoke else complaints(found)
    data = {"complaints": wrong, "outcomes": [asdict(outcome) for outcome in found]}
    write("rewiring", data, [table(found), *(f"WRONG: {text}" for text in wrong)], options)
    draw(found, options.picture("rewiring"))
    return 1 if wrong else 0


def train(options: Options, share: float, wiring: str, seed: int) -> Outcome:
    """Train one network, and give its accuracy."""
    prefs.codegen.target = "numpy"
    iterations = SMOKE_ITERATIONS if options.smoke else options.iterations
    task, times = pictures_mnist(options.digits), []
    net = build_network(share, np.random.default_rng(seed))
    mirror = make_mirror(net, 100)

    def report(elapsed, completed, row) -> None:
        times.append(time.perf_counter())

    result = learn(mirror, task, wiring, seed, iterations, report)
    scores = l2l.training.evaluate(mirror, task, "test")
    last = result.history[-1]
    return Outcome(
        share,
        wiring,
        seed,
        sum(len(mirror.connections(f"S_{k}").sources) for k in range(len(SIZES) - 1)),
        scores["accuracy"],
        statistics.median(np.diff(times)),
        {name: last[f"rate_{name}"] for name in ("first", "second")},
    )


def learn(mirror, task: PicturesTask, wiring: str, seed: int, iterations: int, report):
    """Train, with the same options for both wirings, and give what happened."""
    rewiring = WIRINGS[wiring]
    return l2l.train(
        mirror,
        task,
        "bptt",
        rewiring=rewiring,
        rewiring_options={"l1": 1e-3, "seed": seed} if rewiring else None,
        learning_rate=5e-3,
        schedule="CosineAnnealingLR",
        schedule_options={"T_max": iterations},
        rate_groups=["first", "second"],
        rate_target=40 * Hz,
        rate_weight=0.02 * ms**2,
        iterations=iterations,
        evaluate=(),
        seed=seed,
        report=report,
    )


def complaints(found: Sequence[Outcome]) -> list[str]:
    """List where rewiring is not ahead, and networks that are silent or saturated."""
    wrong = [
        f"{outcome.wiring} at {outcome.share:.0%}, seed {outcome.seed}: '{name}' at {rate:.1f} Hz"
        for outcome in found
        for name, rate in outcome.rates.items()
        if not RATES[0] <= rate <= RATES[1]
    ]
    for share in {outcome.share for outcome in found if outcome.share <= AHEAD}:
        moved, fixed = (_mean(found, share, wiring, "accuracy") for wiring in WIRINGS)
        if moved <= fixed:
            wrong.append(f"at {share:.0%} rewiring has {moved:.2%}, and without it is {fixed:.2%}")
    return wrong


def table(found: Sequence[Outcome]) -> str:
    """Make a table of the accuracies and the times."""
    lines = [("connections", "", "DEEP R", "fixed", "DEEP R, ms", "fixed, ms")]
    for share in sorted({outcome.share for outcome in found}, reverse=True):
        number = next(o.connections for o in found if o.share == share)
        accuracy = [f"{_mean(found, share, wiring, 'accuracy'):.2%}" for wiring in WIRINGS]
        seconds = [f"{1e3 * _mean(found, share, wiring, 'seconds'):.1f}" for wiring in WIRINGS]
        lines.append((f"{number:,}", f"{share:.0%}", *accuracy, *seconds))
    return columns(lines)


def draw(found: Sequence[Outcome], path: Path) -> None:
    """Draw the accuracy against the connectivity."""
    figure = Figure(figsize=(5, 4), layout="constrained")
    axes = figure.subplots()
    for wiring, label in zip(WIRINGS, ("DEEP R", "fixed places"), strict=True):
        chosen = [outcome for outcome in found if outcome.wiring == wiring]
        axes.semilogx(
            [100 * outcome.share for outcome in chosen],
            [100 * outcome.accuracy for outcome in chosen],
            "o",
            label=label,
        )
    axes.set(xlabel="connections, % of all", ylabel="right, % of the test digits")
    axes.legend()
    figure.savefig(path, dpi=120)


def _mean(found: Sequence[Outcome], share: float, wiring: str, name: str) -> float:
    return statistics.mean(
        getattr(outcome, name)
        for outcome in found
        if outcome.share == share and outcome.wiring == wiring
    )
