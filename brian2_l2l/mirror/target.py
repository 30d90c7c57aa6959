"""What a network is lowered for."""

from __future__ import annotations

from dataclasses import dataclass

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
    spike : SpikeFunction, optional
        The surrogate spike of a differentiable program.
    tensors : frozenset of str
        Arrays and timed arrays that are set per trial, or trained.
    detach_reset : bool
        Whether the spike is left out of the gradient of a reset.
    """

    exact: bool
    differentiable: bool
    dtype: torch.dtype
    spike: SpikeFunction | None = None
    tensors: frozenset[str] = frozenset()
    detach_reset: bool = True

    @property
    def smooth(self) -> bool:
        """Whether spikes are smooth in the forward pass."""
        return self.spike is not None and self.spike.smooth
