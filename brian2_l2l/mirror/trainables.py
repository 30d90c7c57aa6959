"""What is trained: a variable of a Brian2 object, its unit, and its constraint.

A constraint is kept by parametrisation: the optimiser changes a *raw* value without limits, and the
variable is a smooth function of it that stays within the limits.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch.nn import functional

from ..errors import MirrorError
from ..types import ObjectOrName

__all__ = ["Above", "Below", "Between", "Free", "SameSign", "Trainable", "Transform"]


@dataclass(frozen=True, eq=False)
class Trainable:
    """A variable to train.

    Attributes
    ----------
    owner : brian2 object or str
        The group or synapses, or their name.
    variable : str
        A parameter with real values; or, with `initial`, any variable with real values.
    bounds : tuple of Quantity, optional
        ``(low, high)``, either of which may be None. The value stays between them, and must lie
        strictly between them at the start.
    sign : bool
        Whether each value keeps the sign that it has.
    initial : bool
        Whether the start value of a variable that the network changes is meant.
    unit : Quantity, optional
        The unit of the raw values, on which the learning rate acts. By default the one that
        Brian2 shows the values in; plain numbers have the unit 1.
    """

    owner: ObjectOrName
    variable: str
    bounds: tuple | None = None
    sign: bool = False
    initial: bool = False
    unit: object = None

    def __post_init__(self):
        if self.sign and self.bounds is not None:
            raise MirrorError(
                f"{self!s}: give bounds or sign=True, not both. Bounds such as (0, None) "
                "say the sign too."
            )

    def __str__(self):
        return f"({getattr(self.owner, 'name', self.owner)!r}, {self.variable!r})"


class Transform:
    """A constraint: raw values without limits to values within them, both in the unit."""

    def value(self, raw: torch.Tensor) -> torch.Tensor:
        """Return the values that belong to raw ones."""
        raise NotImplementedError

    def raw(self, value: torch.Tensor) -> torch.Tensor:
        """Return the raw values of values within the limits."""
        raise NotImplementedError

    def allowed(self, value: torch.Tensor) -> torch.Tensor:
        """Return where values are within the limits."""
        return torch.isfinite(value)


class Free(Transform):
    """No constraint."""

    def value(self, raw):
        return raw

    def raw(self, value):
        return value


@dataclass(frozen=True)
class Between(Transform):
    """Between two bounds, by a logistic function."""

    low: float
    high: float

    def value(self, raw):
        return self.low + (self.high - self.low) * torch.sigmoid(raw)

    def raw(self, value):
        return torch.logit((value - self.low) / (self.high - self.low))

    def allowed(self, value):
        return (value > self.low) & (value < self.high)


@dataclass(frozen=True)
class Above(Transform):
    """Above a bound, by the softplus function."""

    low: float

    def value(self, raw):
        return self.low + functional.softplus(raw)

    def raw(self, value):
        return _inverse_softplus(value - self.low)

    def allowed(self, value):
        return torch.isfinite(value) & (value > self.low)


@dataclass(frozen=True)
class Below(Transform):
    """Below a bound, by the softplus function."""

    high: float

    def value(self, raw):
        return self.high - functional.softplus(raw)

    def raw(self, value):
        return _inverse_softplus(self.high - value)

    def allowed(self, value):
        return torch.isfinite(value) & (value < self.high)


@dataclass(frozen=True, eq=False)
class SameSign(Transform):
    """Each value keeps its sign, by the softplus function.

    Attributes
    ----------
    signs : torch.Tensor
        1 or -1 for each element.
    scale : float
        Where the softplus function bends: it is nearly linear above.
    """

    signs: torch.Tensor
    scale: float

    def value(self, raw):
        return self.signs.to(raw) * self.scale * functional.softplus(raw / self.scale)

    def raw(self, value):
        return self.scale * _inverse_softplus(value.abs() / self.scale)

    def allowed(self, value):
        return torch.isfinite(value) & (value != 0)


def _inverse_softplus(x: torch.Tensor) -> torch.Tensor:
    return x + torch.log(-torch.expm1(-x))
