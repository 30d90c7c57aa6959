"""Evenly spaced input spikes."""

from __future__ import annotations

import torch

__all__ = ["regular_spikes"]


def regular_spikes(rates: torch.Tensor, steps: int) -> torch.Tensor:
    """Turn rates, one after the other, into spikes that are evenly spaced while a rate stays.

    A spike comes where the integral of the rate reaches the next whole number. The integrals of the
    neurons start at different values, so that neurons of the same rate do not spike together.

    Parameters
    ----------
    rates : tensor, shape (number, trial, neuron)
        In spikes per time step, from 0 to 1.
    steps : int
        The time steps of each number.

    Returns
    -------
    spikes : tensor of bool, shape (number*steps, trial, neuron)
    """
    # Multiples of the golden ratio lie evenly in (0, 1), however many there are.
    golden = (5**0.5 - 1) / 2
    neurons = torch.arange(1, rates.shape[-1] + 1, dtype=torch.float64, device="cpu")
    start = (neurons * golden % 1).expand(1, *rates.shape[1:])
    rates = rates.double()
    # The integral when each number begins; the last step of a number gives that of the next.
    base = torch.cat([start, steps * rates[:-1]]).cumsum(0)
    spikes = torch.empty(len(rates), steps, *rates.shape[1:], dtype=torch.bool, device="cpu")
    before = base.floor()
    for step in range(steps):
        now = ((step + 1) * rates).add_(base).floor_()
        torch.gt(now, before, out=spikes[:, step])
        before = now
    return spikes.flatten(0, 1)
