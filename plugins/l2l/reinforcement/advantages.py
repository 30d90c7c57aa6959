"""How much better actions were than expected."""

from __future__ import annotations

import torch

__all__ = ["estimate_advantages"]


def estimate_advantages(
    rewards: torch.Tensor, values: torch.Tensor, discount: float, trace: float
) -> torch.Tensor:
    """Return the advantages of actions, ``[step - 1, trial]``.

    Generalised advantage estimation (Schulman, Moritz, Levine, Jordan, Abbeel 2016, ICLR, arXiv
    1506.02438, equation 16): the sum over ``k`` of ``(discount*trace)**k`` times the error at
    ``step + k``, which is ``reward + discount*(next value) - value``. An episode is cut off, it
    does not end; so its last value stands for all that comes after, and its last action is not
    judged.

    Parameters
    ----------
    rewards : tensor
        ``[step, trial]``: what followed each action.
    values : tensor
        ``[step, trial]``: the estimates before each action.
    discount : float
        The weight of a reward one step later.
    trace : float
        From 0, errors of one step, to 1, all rewards to the end of the episode.
    """
    errors = rewards[:-1] + discount * values[1:] - values[:-1]
    advantages, coming = torch.empty_like(errors), torch.zeros_like(errors[0])
    for step in range(len(errors) - 1, -1, -1):
        coming = errors[step] + discount * trace * coming
        advantages[step] = coming
    return advantages
