"""What a network is lowered for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch

from .gates import SpikeFunction

__all__ = ["Target"]


@dataclass(frozen=True)
class Target:
    """What code is generated for.

    Attributes
    ----------
    exact : bool
        Numpy's values to the bit, rather than torch's functions and matrix products.
    differentiable : bool
        Events as gates with gradients, rather than as lists.
    dtype : torch.dtype
        Of all real variables except times.
    device : torch.device
    spikes : mapping of str to SpikeFunction
        The surrogate spikes of a differentiable program, by the name of the group; the name ``''``
        stands for all others.
    tensors : frozenset of str
        Arrays and timed arrays that are set per trial, or trained.
    stepped : frozenset of str
        Those of the arrays that are set at each step.
    shared : mapping of str to str
        Arrays of which all trials have one together, and what a change by one of them counts:
        ``'sum'``, or ``'mean'`` for its part of the batch.
    detach_reset : bool
        Whether the spike is left out of the gradient of a reset.
    smooth : bool
        Whether spikes are smooth in the forward pass.
    """

    exact: bool
    differentiable: bool
    dtype: torch.dtype
    device: torch.device = torch.device("cpu")
    spikes: Mapping[str, SpikeFunction] = field(default_factory=dict)
    tensors: frozenset[str] = frozenset()
    stepped: frozenset[str] = frozenset()
    shared: Mapping[str, str] = field(default_factory=dict)
    detach_reset: bool = False
    smooth: bool = False

    def spike_of(self, group: str) -> SpikeFunction | None:
        """Return the surrogate spike of a group."""
        return self.spikes.get(group, self.spikes.get(""))
