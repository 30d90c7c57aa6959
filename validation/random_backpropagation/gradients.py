"""Backpropagation, and random backpropagation, in torch: rectified units, one digit at a time."""

from __future__ import annotations

import torch
from torch.nn.functional import one_hot

from . import CLASSES, HIDDEN, PIXELS
from .cases import Case
from .learning import Digits, Outcome, cpu_seconds, marks_of, order_of, step_size, tests_at

__all__ = ["RATES", "learn_by_gradients"]

#: The step sizes of which the best is taken, by the digits at the end of those to learn from.
RATES = (0.003, 0.01, 0.03)
#: The part that is left out to choose.
LEFT_OUT = 10

#: Forward, the gradients of all weights, and the error of the hidden layer.
MULTIPLICATIONS = 2 * PIXELS * HIDDEN + 3 * HIDDEN * CLASSES


class _Network:
    def __init__(self, random: bool, seed: int):
        generator = torch.Generator().manual_seed(seed)

        def weights(before: int, after: int) -> torch.Tensor:
            return torch.randn(before, after, generator=generator) / before**0.5

        self.first, self.second = weights(PIXELS, HIDDEN), weights(HIDDEN, CLASSES)
        self.feedback = weights(CLASSES, HIDDEN) if random else None

    def outputs(self, values: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        hidden = (values @ self.first).relu()
        return hidden, hidden @ self.second

    def learn(self, value: torch.Tensor, target: torch.Tensor, rate: float) -> None:
        hidden, output = self.outputs(value)
        error = output.softmax(0) - target
        back = self.second.T if self.feedback is None else self.feedback
        hidden_error = (error @ back) * (hidden > 0)
        self.second.addr_(hidden, error, alpha=-rate)
        self.first.addr_(value, hidden_error, alpha=-rate)

    def error(self, values: torch.Tensor, labels: torch.Tensor) -> float:
        wrong = self.outputs(values)[1].argmax(1) != labels
        return 100 * float(wrong.float().mean())


def learn_by_gradients(case: Case, digits: Digits, seed: int) -> Outcome:
    """Learn with the best step size, and give the errors."""
    values, labels, tests, answers = (
        torch.tensor(part)
        for part in (digits.values, digits.labels, digits.test_values, digits.test_labels)
    )
    values, tests = values / 255, tests / 255
    labels, answers = labels.long(), answers.long()
    targets = one_hot(labels, CLASSES).float()
    kept = len(values) - len(values) // LEFT_OUT
    size = step_size(case)

    def trained(rate: float, few: int, marks=()) -> tuple[_Network, dict[int, float]]:
        network, errors = _Network(case.building["random"], seed), {}
        order = order_of(case, few, seed)
        for k, which in enumerate(order):
            network.learn(values[which], targets[which], rate * size(k / len(order)))
            if k + 1 in marks:
                count = tests_at(k + 1)
                errors[k + 1] = network.error(tests[:count], answers[:count])
        return network, errors

    rate = min(RATES, key=lambda rate: trained(rate, kept)[0].error(values[kept:], labels[kept:]))
    began, marks = cpu_seconds(), marks_of(case, len(values))
    network, errors = trained(rate, len(values), set(marks))
    each = 1e3 * (cpu_seconds() - began) / marks[-1]
    final = network.error(tests, answers)
    work = {mark: float(mark * MULTIPLICATIONS) for mark in errors}
    return Outcome(case.name, seed, errors, work, final, each, 0.0, {"rate": rate})
