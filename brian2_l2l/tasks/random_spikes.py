"""Random input spikes."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from brian2.units import Quantity

from brian2_l2l.errors import TrainingError

__all__ = ["bernoulli_spikes", "check_bernoulli"]


def check_bernoulli(rate: Quantity, dt: Quantity) -> None:
    """Raise `TrainingError` unless inputs can spike at this rate, independently in each step."""
    if not 0 <= float(rate * dt) < 1:
        raise TrainingError(f"rate={rate} is more than one spike in each time step dt={dt}.")


def bernoulli_spikes(
    shape: Sequence[int], probability: float, generator: torch.Generator
) -> torch.Tensor:
    """Draw independent spikes: one in each element with the same probability.

    The gaps between spikes are drawn, so that time and memory are those of the spikes and not of
    the elements.

    Parameters
    ----------
    shape : sequence of int
        Such as ``(time, batch, neuron)``.
    probability : float
        From 0 to below 1: the rate times the time step.
    generator : torch.Generator

    Returns
    -------
    spikes : tensor of bool
    """
    size = math.prod(shape)
    spikes = torch.zeros(size, dtype=torch.bool, device="cpu")
    last = -1
    while probability > 0 and last < size - 1:
        expected = (size - 1 - last) * probability
        number = int(expected + 5 * math.sqrt(expected)) + 16
        gaps = torch.empty(number, dtype=torch.float64, device="cpu")
        places = last + gaps.geometric_(probability, generator=generator).long().cumsum(0)
        spikes[places[places < size]] = True
        last = int(places[-1])
    return spikes.reshape(tuple(shape))
