"""Runge-Kutta pairs: their order, their control of the error, lanes that do not see each other."""

import numpy as np
import pytest
import torch

from brian2_l2l.mirror.runge_kutta import PAIRS, Integrator, Pair

#: The order of the solution: of rk2 it is that of the better of its two.
ORDERS = {"rk2": 3, "rk4": 4, "rkf45": 5, "rkck": 5}


def rotating(values):
    """Return the derivatives of an oscillator with a nonlinear decay."""
    x, y = values
    decay = 0.3 * (x**2 + y**2)
    return [y - decay * x, -x - decay * y]


def exact(x, y, t):
    """Return the solution of `rotating`: the phase turns, the radius follows ``r' = -0.3 r^3``."""
    radius, phase = np.hypot(x, y), np.arctan2(y, x) - t
    radius = radius / np.sqrt(1 + 0.6 * radius**2 * t)
    return radius * np.cos(phase), radius * np.sin(phase)


def start(rng, lanes=5):
    return [torch.as_tensor(rng.uniform(0.5, 1.5, (2, lanes))) for _ in range(2)]


def run(values, pair, steps, duration=1.0, errors=(1.0, 1.0), adaptable=False):
    integrator = Integrator(pair, errors, adaptable, max_steps=10_000)
    size = torch.full(values[0].shape, duration / steps, dtype=torch.float64)
    for _ in range(steps):
        values, size = integrator.advance(rotating, values, duration / steps, size)
    return values


def largest_error(found, values, t=1.0):
    expected = exact(*(value.numpy() for value in values), t)
    return max(np.abs(f.numpy() - e).max() for f, e in zip(found, expected, strict=True))


@pytest.mark.parametrize("name", PAIRS)
def test_the_order_of_the_solution(name, rng):
    values = start(rng)
    # So many steps that the next term of the error is small beside the first.
    coarse, fine = (largest_error(run(values, PAIRS[name], n), values) for n in (64, 128))
    assert np.log2(coarse / fine) == pytest.approx(ORDERS[name], abs=0.25)


@pytest.mark.parametrize("name", PAIRS)
def test_the_estimate_is_of_the_order_of_the_worse_solution(name, rng):
    pair, values = PAIRS[name], start(rng, 1)
    sizes = []
    for step in (0.1, 0.05):
        slopes = Pair(pair.order, pair.stages, pair.error, pair.error)
        moved = run(values, slopes, 1, duration=step, errors=(1e9, 1e9))
        sizes.append(max(float((m - v).abs().max()) for m, v in zip(moved, values, strict=True)))
    assert np.log2(sizes[0] / sizes[1]) > ORDERS[name] - 0.5


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("bound", [1e-4, 1e-7])
def test_the_error_is_held(name, bound, rng):
    values = start(rng)
    found = run(values, PAIRS[name], 1, duration=4.0, errors=(bound, bound), adaptable=True)
    error = largest_error(found, values, 4.0)
    assert 0 < error < 30 * bound


def test_lanes_do_not_see_each_other(rng):
    values, others = start(rng), start(rng)
    for value, other in zip(values, others, strict=True):
        other[1, 2] = value[1, 2]
    found, among_others, alone = (
        run(given, PAIRS["rkf45"], 2, errors=(1e-6, 1e-6), adaptable=True)
        for given in (values, others, [value[1:, 2:3] for value in values])
    )
    for one, other, single in zip(found, among_others, alone, strict=True):
        assert torch.equal(one[1, 2], other[1, 2]) and not torch.equal(one, other)
        # A number alone is no vector, for which torch has another power, off by the last bit.
        torch.testing.assert_close(one[1:, 2:3], single, rtol=1e-12, atol=0)


def test_what_cannot_be_integrated_is_an_error(rng):
    values = start(rng)
    size = torch.ones_like(values[0])
    fixed = Integrator(PAIRS["rkf45"], (1e-9, 1e-9), adaptable=False)
    with pytest.raises(RuntimeError, match="fixed time step is larger than absolute_error"):
        fixed.advance(rotating, values, 1.0, size)
    with pytest.raises(RuntimeError, match="3 steps are not enough"):
        Integrator(PAIRS["rkf45"], (1e-9, 1e-9), max_steps=3).advance(rotating, values, 1.0, size)
