"""``python -m validation random-backpropagation``: learn in all ways, print, draw, write."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from pathlib import Path

from cycler import cycler
from matplotlib import rcParams
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import ScalarFormatter

from validation.options import CommonOptions
from validation.speed.processes import limited_process
from validation.speed.writing import columns, write

from . import MARKS, REFERENCE
from .cases import CASES, Case
from .found import Found
from .gradients import learn_by_gradients
from .learning import FEW, Digits, Outcome, learn

#: A small version, to try the program.
SMOKE_SAMPLES = 40

#: The standard errors by which an error may be above that of the reference.
NOISE = 3.0
#: The errors, in percent, up to which work is counted.
GOALS = (10.0, 5.0, 3.0)
#: The same rule in other engines, and the number of test digits.
ENGINES, TESTS = ("one at a time", "10 side by side", "C++ standalone"), 10_000
#: The time of a digit, in seconds.
SAMPLE = 0.25
#: The points that weights of 8 bits may lose, and the spikes of hidden neurons, in Hz.
MOST_LOST, RATES = 0.3, (3.0, 240.0)


@dataclass(frozen=True, kw_only=True)
class Options(CommonOptions):
    """
    What the command line asks for.

    Attributes
    ----------
    digits : Path
        The folder with the four files of MNIST.
    cases : sequence of str
        The groups of `CASES`.
    seeds : int
        How many.
    resume : bool
        Whether what earlier runs have found is taken over, and stays in the report.
    """

    digits: Path
    cases: Sequence[str]
    seeds: int
    resume: bool


def run(options: Options) -> int:
    """
    Learn, print and write; give 1 if something is not as it should be, else 0.

    Parameters
    ----------
    options : `Options`
    """
    program = "random_backpropagation"
    name = options.report_name(program)
    known = Found(options.results / name, options.resume)
    learn_all(options, known)
    found = known.all()
    wrong = [] if options.smoke else complaints(found)
    data = {"complaints": wrong, "outcomes": [asdict(outcome) for outcome in found]}
    texts = [errors_table(found), work_table(found), *(f"WRONG: {text}" for text in wrong)]
    write(program, data, texts, options)
    draw(found, options.results / f"{name}.png")
    return 1 if wrong else 0


def learn_all(options: Options, known: Found) -> None:
    """Learn with each seed in all ways that are not known yet."""
    for seed in range(options.seed, options.seed + options.seeds):
        for case in chosen(options.cases):
            outcome = known.get(case.name, seed)
            if outcome is None:
                outcome = limited_process(learn_one, options.threads, options, case, seed)
                known.add(outcome)
            print(outcome, flush=True)


def chosen(groups: Iterable[str]) -> list[Case]:
    """Give the cases of some groups."""
    return [case for case in CASES if case.group in set(groups)]


def learn_one(options: Options, case: Case, seed: int) -> Outcome:
    """Learn in one way."""
    digits = Digits.load(options.digits, SMOKE_SAMPLES if options.smoke else None)
    way = learn_by_gradients if case.device == "torch" else learn
    return way(case, digits, seed)


def complaints(found: Sequence[Outcome]) -> list[str]:
    """List what learns worse than it should, and networks that are silent or saturated."""
    wrong = []
    hidden = {case.name: case.hidden for case in CASES}
    for outcome in found:
        if "spikes_hidden_0" not in outcome.spikes:
            # It has no spikes, but gradients.
            continue
        rate = outcome.spikes["spikes_hidden_0"] / (hidden[outcome.name] * SAMPLE)
        if not RATES[0] <= rate <= RATES[1]:
            wrong.append(f"{outcome.name}, seed {outcome.seed}: hidden neurons at {rate:.1f} Hz")
    cases = by_name(found)
    for name in {"one at a time", "C++ standalone", "C++ standalone, 0.1 ms"} & cases.keys():
        for mark, expected in REFERENCE.items():
            error = mean(cases[name], mark)
            limit = expected + NOISE * (expected * (100 - expected) / 2_000) ** 0.5
            if error > limit:
                wrong.append(f"{name}: {error:.1f} % after {mark:,} digits, {expected} there")
    if {"8 bits", "not rounded"} <= cases.keys():
        lost = final(cases["8 bits"]) - final(cases["not rounded"])
        if lost > MOST_LOST:
            wrong.append(f"weights of 8 bits lose {lost:.2f} points")
    engines = [name for name in ENGINES if name in cases]
    return wrong + [
        f"{first} has {final(cases[first]):.2f} %, and {second} {final(cases[second]):.2f} %"
        for first, second in combinations(engines, 2)
        if distance(cases[first], cases[second]) > NOISE
    ]


def distance(first: Sequence[Outcome], second: Sequence[Outcome]) -> float:
    """Give how far the errors at the end are from each other, in standard errors.

    Errors vary with the seed, and with the test digits that happen to be there.
    """
    square = 0.0
    for mine in (first, second):
        errors = [outcome.final for outcome in mine]
        spread = statistics.variance(errors) if len(errors) > 1 else 0.0
        share = final(mine)
        square += (spread + share * (100 - share) / TESTS) / len(errors)
    return abs(final(first) - final(second)) / square**0.5


def by_name(found: Iterable[Outcome]) -> dict[str, list[Outcome]]:
    """Give the outcomes of all seeds of each case."""
    groups: dict[str, list[Outcome]] = {}
    for outcome in found:
        groups.setdefault(outcome.name, []).append(outcome)
    return groups


def mean(mine: Sequence[Outcome], mark: int) -> float:
    """Give the mean error of a case over all seeds."""
    return statistics.mean(outcome.errors[mark] for outcome in mine)


def final(mine: Sequence[Outcome]) -> float:
    """Give the mean error of a case at the end, with all test digits."""
    return statistics.mean(outcome.final for outcome in mine)


def errors_table(found: Sequence[Outcome]) -> str:
    """Make a table of the errors, one row for each case."""
    marks = sorted({mark for outcome in found for mark in outcome.errors if mark <= MARKS[-1]})
    lines = [("test error, %", *(f"{mark:,}" for mark in marks), "all, at the end", "ms", "MB")]
    for name, mine in by_name(found).items():
        errors = [f"{mean(mine, mark):.1f}" for mark in marks if mark in mine[0].errors]
        errors += [""] * (len(marks) - len(errors))
        each = statistics.mean(outcome.milliseconds for outcome in mine)
        memory = max(outcome.megabytes for outcome in mine)
        end = f"{final(mine):.2f} after {max(mine[0].errors):,}"
        lines.append((name, *errors, end, f"{each:.2f}", f"{memory:.0f}"))
    reference = [f"{REFERENCE[mark]}" if mark in REFERENCE else "" for mark in marks]
    return columns([*lines, ("a direct program", *reference, "", "", "")])


def work_table(found: Sequence[Outcome]) -> str:
    """Make a table of the work to reach an error: operations of synapses or multiplications."""
    heads = [f"to {goal:g} %, 1e9" for goal in GOALS]
    lines = [("work", "for each digit, 1e6", *heads)]
    for name, mine in by_name(found).items():
        last = max(mine[0].work)
        each = statistics.mean(outcome.work[last] for outcome in mine) / last
        cells = [_cell([work_to(outcome, goal) for outcome in mine]) for goal in GOALS]
        lines.append((name, f"{each / 1e6:.2f}", *cells))
    return columns(lines)


def _cell(work: Sequence[float | None]) -> str:
    known = [amount for amount in work if amount is not None]
    return f"{statistics.mean(known) / 1e9:.1f}" if len(known) == len(work) else "-"


def work_to(outcome: Outcome, goal: float) -> float | None:
    """Give the work at the first mark at which an error is reached; None if it never is."""
    return next((outcome.work[m] for m, error in outcome.errors.items() if error <= goal), None)


def draw(found: Sequence[Outcome], path: Path) -> None:
    """Draw the errors against the digits seen, the time, and the bits of weights."""
    figure = Figure(figsize=(14, 4.5), layout="constrained")
    FigureCanvasAgg(figure)
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
