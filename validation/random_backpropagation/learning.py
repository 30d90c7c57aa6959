"""Learn digits in one way, and test on the way."""

from __future__ import annotations

import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np
from brian2 import prefs

from brian2_l2l.tasks import load_mnist
from brian2_l2l_plugins.presentation import as_program
from brian2_l2l_plugins.scripts import find_script, load_script

from . import MARKS
from .cases import Case

__all__ = ["FEW", "Digits", "Outcome", "learn", "marks_of", "order_of", "step_size", "tests_at"]

#: The test digits during the first epoch, as in what it is compared with.
FEW = 2_000


@dataclass(frozen=True)
class Digits:
    """
    Pixels and labels, to learn from and to test with.

    Attributes
    ----------
    values, labels, test_values, test_labels : array
        The values are bytes.
    """

    values: np.ndarray
    labels: np.ndarray
    test_values: np.ndarray
    test_labels: np.ndarray

    @classmethod
    def load(cls, folder, samples: int | None = None) -> Digits:
        """Give the digits in a folder, or the first of them."""
        found = []
        for split, few in (("train", slice(samples)), ("test", slice(None))):
            digits = load_mnist(folder, split)
            pixels = digits.pixels[few]
            found += [pixels.reshape(len(pixels), -1), digits.labels[few]]
        return cls(*found)


@dataclass(frozen=True)
class Outcome:
    """
    What one way to learn has given.

    Attributes
    ----------
    name : str
    seed : int
    errors : dict
        Of test digits in percent, by the number of digits seen.
    work : dict
        Synaptic operations, or multiply-accumulates, up to there.
    final : float
        The error of all test digits at the end.
    milliseconds : float
        CPU time for each digit.
    megabytes : float
        The largest memory of the process, or of the program that it has run.
    spikes : dict
        Of all neurons of a group, for each of the last digits.
    """

    name: str
    seed: int
    errors: dict[int, float]
    work: dict[int, float]
    final: float
    milliseconds: float
    megabytes: float
    spikes: dict[str, float]


def cpu_seconds() -> float:
    """Give the CPU time of this process and of those that it has run."""
    both = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in both)


def _megabytes() -> float:
    both = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return max(usage.ru_maxrss for usage in both) / 1024


def learn(case: Case, digits: Digits, seed: int) -> Outcome:
    """Learn in a simulator, and give the errors."""
    # Whatever Brian2 runs beside the program or the mirror is not worth compiling.
    prefs.codegen.target = "numpy"
    with _presenter(case, seed) as presenter:

        def error(count: int | None) -> float:
            few = slice(count)
            return 100 * (1 - presenter.accuracy(digits.test_values[few], digits.test_labels[few]))

        # What is compiled, and computed once, is no part of the time.
        error(1)
        return _course(case, digits, seed, presenter, error)


def _course(case: Case, digits: Digits, seed: int, presenter: Any, error: Callable) -> Outcome:
    errors: dict[int, float] = {}
    work: dict[int, float] = {}
    seconds, seen, done, row = 0.0, 0, 0.0, {}
    total, size = case.epochs * len(digits.values), step_size(case)
    order = order_of(case, len(digits.values), seed)
    for mark in marks_of(case, len(digits.values)):
        shown = order[seen:mark]
        began = cpu_seconds()

        def factor(part: float, seen=seen, mark=mark) -> float:
            return size((seen + part * (mark - seen)) / total)

        history = presenter.train(
            digits.values[shown],
            digits.labels[shown],
            shuffle=False,
            schedule=factor,
            augment=_script().shifted if case.shifted else None,
            report=None,
        )
        seconds += cpu_seconds() - began
        counts = np.diff([seen, *(row["samples"] for row in history)])
        done += float(counts @ [row["operations"] for row in history])
        seen, row = mark, history[-1]
        errors[mark], work[mark] = error(tests_at(mark)), done
    spikes = {name: value for name, value in row.items() if name.startswith("spikes_")}
    final = error(None)
    each = 1e3 * seconds / seen
    return Outcome(case.name, seed, errors, work, final, each, _megabytes(), spikes)


def marks_of(case: Case, samples: int) -> list[int]:
    """Give the numbers of digits after which a case is tested."""
    first = [mark for mark in MARKS if mark < samples]
    return first + [samples * (epoch + 1) for epoch in range(case.epochs)]


def tests_at(mark: int) -> int | None:
    """Give how many test digits are shown after so many digits; None if all of them are."""
    return FEW if mark <= MARKS[-1] else None


def order_of(case: Case, samples: int, seed: int) -> np.ndarray:
    """Give the digits of all epochs in the order in which they are shown."""
    # The first epoch is in the order of the files, as in what it is compared with.
    random = np.random.default_rng(seed)
    later = [random.permutation(samples) for _ in range(case.epochs - 1)]
    return np.concatenate([np.arange(samples), *later])


def step_size(case: Case) -> Callable[[float], float]:
    """Give the factor of the steps by the part of the digits that was shown."""
    if case.building.get("long"):
        return _script().falling
    return _script().falling_further if case.building.get("robust") else lambda part: 1.0


@cache
def _script() -> ModuleType:
    names = ["make_presenter", "falling", "falling_further", "shifted"]
    return load_script(find_script("frompapers/Neftci_et_al_2017.py"), names)


@contextmanager
def _presenter(case: Case, seed: int) -> Iterator[Any]:
    with as_program() if case.device == "cpp_standalone" else nullcontext():
        yield _script().make_presenter(seed, **case.building)
