"""Keep firing rates near a target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from brian2 import Hz, Quantity, second

from brian2_l2l.errors import TrainingError
from brian2_l2l.training.options import check_quantity


@dataclass(frozen=True)
class FiringRates:
    """The firing rates of some groups, and the penalty for leaving their target.

    The penalty is ``weight * sum over neurons (mean rate - target)**2``, where the mean is over
    time and trials (Bellec et al. 2018, NeurIPS, "Long short-term memory and learning-to-learn
    in networks of spiking neurons"). Their weight of 0.1 for rates in spikes per ms is
    ``0.1*ms**2`` here.

    Attributes
    ----------
    groups : tuple
        The groups, or their names.
    duration : float
        The duration of a trial in seconds.
    target : float
        The wanted rate in Hz.
    weight : float
        The weight in seconds squared; 0 only measures the rates.
    """

    groups: tuple
    duration: float
    target: float
    weight: float

    @property
    def record(self) -> list[tuple]:
        """The record keys that `rates` needs."""
        return [(group, "spikes", "sum") for group in self.groups]

    def rates(self, record: Mapping[tuple, torch.Tensor]) -> dict[str, torch.Tensor]:
        """Return the mean rate of each neuron: name of the group -> tensor [neuron] in Hz."""
        return {
            getattr(key[0], "name", key[0]): record[key].mean(dim=0) / self.duration
            for key in self.record
        }

    def penalty(self, rates: Mapping[str, torch.Tensor]) -> torch.Tensor | float:
        """Return the penalty on the rates that `rates` gave, a scalar."""
        if not self.weight:
            return 0.0
        return self.weight * sum(((rate - self.target) ** 2).sum() for rate in rates.values())


def firing_rates(
    groups: Sequence[Any] | Any,
    duration: Quantity,
    target: Quantity,
    weight: Quantity | None,
) -> FiringRates:
    """Check the options of the firing-rate regulariser and make it.

    Parameters
    ----------
    groups : sequence of NeuronGroup or str, or one of them
        The groups to watch and to keep near the target.
    duration : Quantity
        The duration of a trial.
    target : Quantity
        The wanted rate.
    weight : Quantity or None
        The weight in seconds squared; None only watches the groups.

    Raises
    ------
    TrainingError
        If a quantity has the wrong units, or a weight is given without groups.
    """
    groups = (groups,) if isinstance(groups, str) or hasattr(groups, "name") else tuple(groups)
    target = check_quantity("rate_target", target, Hz, example="10*Hz")
    if weight is not None:
        weight = check_quantity("rate_weight", weight, second**2, example="0.1*ms**2")
        if not groups:
            raise TrainingError(
                f"rate_weight={weight!r} needs the groups it is for: rate_groups=[hidden]."
            )
    return FiringRates(groups, float(duration), target, weight or 0.0)
