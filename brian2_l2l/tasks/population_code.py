"""Numbers as spikes: each neuron of a population prefers one number."""

from __future__ import annotations

import torch

from brian2_l2l.tasks.regular_spikes import regular_spikes

__all__ = ["population_code"]


def population_code(
    values: torch.Tensor, neurons: int, steps: int, probability: float, width: float = 1.0
) -> torch.Tensor:
    """Turn numbers, one after the other, into the regular spikes of a population.

    The preferred numbers of the neurons are spread evenly from -1 to 1. A neuron's rate falls like
    a Gaussian with the distance of the number from its own.

    Parameters
    ----------
    values : tensor, shape (number, trial)
        From -1 to 1; numbers outside are taken for the nearest of these.
    neurons : int
        The size of the population, at least 2.
    steps : int
        The time steps of each number.
    probability : float
        From 0 to 1: the spikes per time step of a neuron whose number is shown.
    width : float
        The standard deviation of the Gaussian, in distances between preferred numbers.

    Returns
    -------
    spikes : tensor of bool, shape (number*steps, trial, neuron)
        See `regular_spikes`.
    """
    preferred = torch.linspace(-1, 1, neurons, dtype=torch.float64, device="cpu")
    distance = values.double().clamp(-1, 1)[..., None] - preferred
    scaled = distance * (neurons - 1) / (2 * width)
    return regular_spikes(probability * torch.exp(-0.5 * scaled**2), steps)
