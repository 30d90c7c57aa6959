"""The claim that a gradient is the derivative: central differences and the rate of Taylor's rest.

Gradients are checked where the program is smooth: the surrogate's antiderivative takes the place of
the spike also in the forward pass, in float64.
"""

from __future__ import annotations

import numpy as np
import torch
from brian2 import Network, ms

import brian2_l2l as l2l
from tests.claims.activity import assert_healthy

#: Relative error of the directional derivative, and the least rate of Taylor's rest.
TOLERANCE, RATE = 1e-6, 1.9


def assert_gradient(net: Network, trainable, record, rng, duration=10 * ms, **options) -> None:
    """Assert that the gradient of a mirror's loss is its derivative in all trainables.

    Parameters
    ----------
    net : Network
        With a group named ``'target'``, which must spike without being saturated.
    trainable : sequence
        As for `brian2_l2l.mirror`. All are changed at once, in random directions that are scaled
        so that each trainable has the same part in the change of the loss.
    record : tuple
        What the loss is made of.
    rng : numpy.random.Generator
    duration : Quantity
    **options
        More arguments of `brian2_l2l.mirror`.
    """
    assert_healthy(net, "target", duration)
    options = {"surrogate": "gaussian", "surrogate_scale": 5e-3, **options}
    mirror = l2l.mirror(net, trainable=trainable, dtype=torch.float64, smooth=True, **options)
    loss = _make_loss(mirror, record, duration, rng)
    names, parameters = zip(*mirror.named_parameters(), strict=True)
    value = loss()
    gradients = torch.autograd.grad(value, parameters)
    directions = [_direction(*row, rng) for row in zip(names, parameters, gradients, strict=True)]
    slope = sum(float((g * d).sum()) for g, d in zip(gradients, directions, strict=True))
    start = [parameter.detach().clone() for parameter in parameters]

    @torch.no_grad()
    def at(step: float) -> float:
        for parameter, old, direction in zip(parameters, start, directions, strict=True):
            parameter.copy_(old + step * direction)
        return float(loss())

    error, rate = _least_error(at, slope), _taylor_rate(at, float(value.detach()), slope)
    # Shown by pytest -rP.
    print(f"relative error {error:.1e}, Taylor rate {rate:.3f}: {', '.join(names)}")
    assert error < TOLERANCE, f"{names}: relative error {error:.2g} of the derivative"
    assert rate > RATE, f"{names}: Taylor rate {rate:.3f}"


def _make_loss(mirror, record, duration, rng):
    with torch.no_grad():
        values = mirror.run(duration, record=[record], seed=1)[record]
    assert bool(torch.isfinite(values).all())
    weights = torch.as_tensor(rng.normal(size=tuple(values.shape))) / values.abs().mean()
    return lambda: (weights * mirror.run(duration, record=[record], seed=1)[record]).sum()


def _direction(name, parameter, gradient, rng):
    assert bool(torch.isfinite(gradient).all()), f"{name}: the gradient is not finite"
    # All parts of the slope add up, so that none can hide the error of another.
    direction = gradient.sign() * torch.as_tensor(rng.uniform(0.5, 1.5, tuple(parameter.shape)))
    slope = float((gradient * direction).sum())
    assert slope > 0, f"{name}: the loss does not depend on it"
    # The loss changes by about the step, and no parameter by much more than that part of its size.
    return direction * min(1 / slope, float(parameter.detach().abs().mean()) or 1.0)


#: The smallest steps of the differences; the first are most often good enough.
SCALES = (1e-3, 1e-2, 1e-4, 3e-2, 1e-5)


def _least_error(at, slope: float) -> float:
    # Large steps show curvature, small ones rounding: one that is good enough counts. Romberg's
    # extrapolation removes the two leading errors of a central difference.
    least = np.inf
    for step in SCALES:
        first = [(at(h) - at(-h)) / (2 * h) for h in (4 * step, 2 * step, step)]
        second = [(4 * first[k + 1] - first[k]) / 3 for k in (0, 1)]
        least = min(least, abs((16 * second[1] - second[0]) / 15 - slope) / abs(slope))
        if least < TOLERANCE:
            break
    return least


def _taylor_rate(at, value: float, slope: float) -> float:
    def rest(h):
        return abs(at(h) - value - h * slope)

    # Steps that are too small for anything else show how much is rounding.
    rounding = max(rest(k * 1e-7) for k in (-3, -2, -1, 1, 2, 3))
    rests = np.array([rest(2.0**-k) for k in range(5, 17)])
    rates = np.log2(rests[:-1] / rests[1:])[rests[1:] > 100 * rounding]
    # A loss that is linear in the parameters leaves nothing but rounding.
    return float(np.median(rates)) if len(rates) else np.inf
