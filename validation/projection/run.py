"""``python -m validation projection``: train for a while, project, print, write."""

import statistics
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from matplotlib.figure import Figure

from brian2_l2l.tasks import load_mnist
from validation.options import DigitsOptions
from validation.processes import limited_process
from validation.speed.jobs import RATES
from validation.writing import columns, write

from . import ITERATIONS
from .training import Iteration, Size, Training

#: A small version, to try the program; it shows a part of each digit.
SMOKE, SMOKE_ROWS, SMOKE_ITERATIONS = Size(40, 20, 8, 8), slice(10, 14), 5

#: The curve is printed as means over a tenth of the iterations each.
PARTS = 10


@dataclass(frozen=True, kw_only=True)
class Options(DigitsOptions):
    """
    What the command line asks for.

    Attributes
    ----------
    iterations : int
    """

    iterations: int


def run(options: Options) -> int:
    """
    Measure, print and write; give 1 if the network did not learn or fire as it should, else 0.

    Parameters
    ----------
    options : `Options`
    """
    build_seconds, found = limited_process(train, options.threads, options)
    projected = project(found)
    wrong = complaints(found, strict=not options.smoke)
    texts = [summary(build_seconds, found, projected), curve(found)]
    data = {
        "build_seconds": build_seconds,
        "projected": projected,
        "complaints": wrong,
        "iterations": [asdict(iteration) for iteration in found],
    }
    write("projection", data, [*texts, *(f"WRONG: {text}" for text in wrong)], options)
    draw(found, options.picture("projection"))
    return 1 if wrong else 0


def train(options: Options) -> tuple[float, list[Iteration]]:
    """Give the seconds until the network was built, and what was measured of each iteration."""
    digits, size, number = load_mnist(options.digits), Size(), options.iterations
    if options.smoke:
        digits = replace(digits, pixels=digits.pixels[:, SMOKE_ROWS])
        size, number = SMOKE, SMOKE_ITERATIONS
    start = time.perf_counter()
    training = Training(size, digits, options.seed)
    built = time.perf_counter() - start
    return built, list(training.iterations(number))


def project(found: Sequence[Iteration]) -> dict[str, float]:
    """
    Give the mean and the median time of an iteration, and the hours of the whole training.

    Parameters
    ----------
    found : sequence of `Iteration`
        The first one is left out, if there are others: it compiles.
    """
    later = found[1:] or found
    seconds = [iteration.seconds for iteration in later]
    mean = statistics.mean(seconds)
    return {
        "mean_seconds": mean,
        "median_seconds": statistics.median(seconds),
        "encoding_seconds": statistics.mean(i.encoding_seconds for i in later),
        "hours": mean * ITERATIONS / 3600,
    }


def complaints(found: Sequence[Iteration], strict: bool) -> list[str]:
    """List what makes the projection void; a small network need not keep the rates, or learn."""
    rate, parts = statistics.mean(i.rate for i in found), _parts(found)
    low, high = RATES if strict else (0.1, 100.0)
    wrong = [] if low <= rate <= high else [f"the neurons fire at {rate:.1f} Hz"]
    if strict and not _mean(parts[-1], "loss") < _mean(parts[0], "loss"):
        wrong.append("the loss did not fall")
    return wrong


def summary(build_seconds: float, found: Sequence[Iteration], projected: dict) -> str:
    """Say how long an iteration takes, and the whole training."""
    return (
        f"{len(found)} iterations; the network was built in {build_seconds:.1f} s, and the first "
        f"one, which compiles, took {found[0].seconds:.1f} s\n"
        f"the others: mean {projected['mean_seconds']:.3f} s, median "
        f"{projected['median_seconds']:.3f} s, {1e3 * projected['encoding_seconds']:.1f} ms of it "
        f"to draw and encode the digits\n"
        f"{ITERATIONS:,} iterations would take {projected['hours']:.1f} hours"
    )


def curve(found: Sequence[Iteration]) -> str:
    """Make a table of the loss, the accuracy and the rate as they change."""
    lines, last = [("iterations", "loss", "right", "Hz")], 0
    for part in _parts(found):
        first, last = last + 1, last + len(part)
        loss, right, rate = (_mean(part, name) for name in ("loss", "accuracy", "rate"))
        lines.append((f"{first} to {last}", f"{loss:.3f}", f"{right:.0%}", f"{rate:.1f}"))
    return columns(lines)


def draw(found: Sequence[Iteration], path: Path) -> None:
    """Draw the loss and the accuracy of each iteration."""
    figure = Figure(figsize=(7, 3), layout="constrained")
    for axis, name in zip(figure.subplots(1, 2), ("loss", "accuracy"), strict=True):
        axis.plot(range(1, len(found) + 1), [getattr(i, name) for i in found])
        axis.set(xlabel="iteration", ylabel=name)
    figure.savefig(path, dpi=120)


def _parts(found):
    length = max(1, len(found) // PARTS)
    return [found[start : start + length] for start in range(0, len(found), length)]


def _mean(part, name):
    return statistics.mean(getattr(iteration, name) for iteration in part)
