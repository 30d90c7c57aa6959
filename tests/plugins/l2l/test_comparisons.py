"""Linear regression and backpropagation on the examples of an episode."""

import numpy as np
import pytest
import torch

from brian2_l2l.tasks import Sinusoids
from brian2_l2l_plugins.l2l.comparisons import backpropagation_errors, linear_errors


def drawn(seed, examples=30, trials=7, arguments=2):
    generator = torch.Generator().manual_seed(seed)
    x = 2 * torch.rand((examples, trials, arguments), generator=generator) - 1
    return x, torch.randn((examples, trials), generator=generator), generator


def test_linear_errors_are_those_of_least_squares(seed):
    x, y, _ = drawn(seed)
    before, both = linear_errors(x, y), linear_errors(x, y, "all")
    for trial in range(7):
        features = np.column_stack([x[:, trial].double(), np.ones(30)])
        values = y[:, trial].double().numpy()
        for k in (5, 12, 29):
            coefficients = np.linalg.lstsq(features[:k], values[:k], rcond=None)[0]
            wanted = (values[k] - features[k] @ coefficients) ** 2
            assert float(before[k, trial]) == pytest.approx(wanted, rel=1e-3, abs=1e-6)
        coefficients = np.linalg.lstsq(features, values, rcond=None)[0]
        wanted = (values - features @ coefficients) ** 2
        assert both[:, trial].numpy() == pytest.approx(wanted, rel=1e-3, abs=1e-6)


def test_a_linear_function_is_known_after_as_many_examples_as_coefficients(seed):
    x, _, generator = drawn(seed)
    y = (x * torch.randn((1, 7, 2), generator=generator)).sum(-1) + 0.5
    errors = linear_errors(x, y)
    assert float(errors[0].mean()) > 0.01
    assert float(errors[10:].max()) < 1e-6


def test_backpropagation_learns_within_an_episode(seed):
    generator = torch.Generator().manual_seed(seed)
    x = 2 * torch.rand((50, 40, 1), generator=generator) - 1
    y = Sinusoids().draw(x, generator).float()
    errors = backpropagation_errors(x, y, 0.1, steps=10, generator=generator)
    assert errors.shape == y.shape
    assert float(errors[40:].mean()) < 0.3 * float(errors[:10].mean())


def test_backpropagation_does_not_know_what_comes(seed):
    x, y, _ = drawn(seed)
    changed = y.clone()
    changed[20:] += 1
    one, other = (
        backpropagation_errors(x, values, 0.1, generator=torch.Generator().manual_seed(seed))
        for values in (y, changed)
    )
    assert torch.equal(one[:20], other[:20])
    assert not torch.equal(one[20:], other[20:])
