"""``python -m validation random-backpropagation``: learn in all ways, print, draw, write."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations

from validation.options import DigitsOptions
from validation.processes import limited_process
from validation.writing import write

from . import REFERENCE
from .cases import CASES, Case
from .drawing import draw
from .found import Found
from .gradients import learn_by_gradients
from .learning import Digits, Outcome, learn
from .means import by_name, distance, final, mean
from .tables import errors_table, spikes_table, work_table

#: A small version, to try the program.
SMOKE_SAMPLES = 40

#: The standard errors by which an error may be above that of the reference.
NOISE = 3.0
#: The same rule in other engines.
ENGINES = ("one at a time", "10 side by side", "C++ standalone")
#: The time of a digit, in seconds.
SAMPLE = 0.25
#: The points that weights of 8 bits may lose, and the spikes of hidden neurons, in Hz.
MOST_LOST, RATES = 0.3, (3.0, 240.0)


@dataclass(frozen=True, kw_only=True)
class Options(DigitsOptions):
    """
    What the command line asks for.

    Attributes
    ----------
    cases : sequence of str
        The groups of `CASES`.
    seeds : int
        How many.
    resume : bool
        Whether what earlier runs have found is taken over, and stays in the report.
    """

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
    tables = [table(found) for table in (errors_table, work_table, spikes_table)]
    texts = [*tables, *(f"WRONG: {text}" for text in wrong)]
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
