"""The few helpers that generated code calls, as ``_l2l``."""

from __future__ import annotations

from operator import floordiv, mod

import numpy as np
import torch

from .functions import power
from .target import Target

__all__ = ["Helpers"]


class Helpers:
    """Casts and choices for a given target.

    Parameters
    ----------
    target : Target
    group : str
        The name of the group that spikes, if any.
    """

    logical_not = staticmethod(np.logical_not)

    def __init__(self, target: Target, group: str = ""):
        self.target, self.surrogate_spike = target, target.spike_of(group)
        self.power = power(target.exact)
        self.whole_quotient, self.whole_remainder = (
            _as_numpy(divide) if target.exact else divide for divide in (floordiv, mod)
        )

    def real(self, value):
        """Return ``value`` as a real number; torch would make a float32 of integers."""
        return value.to(self.target.dtype) if isinstance(value, torch.Tensor) else float(value)

    @staticmethod
    def whole(value):
        """Return ``value`` as an integer."""
        return value.to(torch.int32) if isinstance(value, torch.Tensor) else int(value)

    @staticmethod
    def plain(value):
        """Return a Python number, which does not decide on the type of a tensor."""
        return value.item() if isinstance(value, np.generic | np.ndarray) else value

    @staticmethod
    def divide(number, value):
        """Return a number divided by a tensor; torch's ``/`` multiplies by a rounded reciprocal."""
        return torch.div(torch.as_tensor(number, dtype=value.dtype, device=value.device), value)

    def spike(self, fired, margin, threshold):
        """Return a spike with its surrogate gradient."""
        return self.surrogate_spike(fired, margin, threshold, self.target.dtype)

    def where(self, condition, if_true, if_false):
        """Return one of two values; each may be a tensor or a number."""
        if not isinstance(condition, torch.Tensor):
            return if_true if condition else if_false
        tensors = [v for v in (if_true, if_false) if isinstance(v, torch.Tensor)]
        dtype = tensors[0].dtype if tensors else self.target.dtype
        branches = (
            torch.as_tensor(v, dtype=dtype, device=condition.device) for v in (if_true, if_false)
        )
        return torch.where(condition, *branches)


def _as_numpy(divide):
    """Return a division of integers that gives 0 by zero; torch ends with an error."""

    def divided(value, divisor):
        if not isinstance(divisor, torch.Tensor):
            return divide(value, divisor) if divisor else torch.zeros_like(value)
        return torch.where(divisor == 0, 0, divide(value, divisor.where(divisor != 0, 1)))

    return divided
