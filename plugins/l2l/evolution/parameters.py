"""What evolution changes: names, bounds with units, and the unit cube that a search sees."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from brian2 import Quantity, get_dimensions, have_same_dimensions, is_dimensionless

from brian2_l2l.errors import TrainingError
from brian2_l2l.training import check_choice

SCALES = ("linear", "log")


@dataclass(frozen=True)
class Parameter:
    """A value that evolution may change, within bounds.

    Attributes
    ----------
    name : str
        What the inner function finds it by. For a `StandaloneEvaluation` the names of a group and
        of one of its variables: ``'neurons.tau_m'``.
    low, high : Quantity or float
        The bounds; they give the parameter its unit.
    scale : {'linear', 'log'}
        Whether steps add to the value or multiply it. ``'log'`` suits what may change by orders of
        magnitude; its bounds are above zero.
    start : Quantity or float, optional
        Where the search begins. Left out: the middle, in terms of the scale.

    Raises
    ------
    TrainingError
        If bounds and start do not fit each other.
    """

    name: str
    low: Quantity | float
    high: Quantity | float
    scale: str = "linear"
    start: Quantity | float | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name:
            raise TrainingError(f"The name of a Parameter must be a text, not {self.name!r}.")
        check_choice(f"scale of the parameter {self.name!r}", self.scale, SCALES)
        for option in ("low", "high", "start"):
            self._check_number(option)
        if not float(self.low) < float(self.high):
            raise TrainingError(
                f"The parameter {self.name!r} needs low={self.low} below high={self.high}."
            )
        if self.scale == "log" and float(self.low) <= 0:
            raise TrainingError(
                f"The parameter {self.name!r} has scale='log', so low={self.low} must be above 0."
            )
        if self.start is not None and not self.low <= self.start <= self.high:
            raise TrainingError(
                f"The parameter {self.name!r} has start={self.start}, which is not between "
                f"low={self.low} and high={self.high}."
            )

    def _check_number(self, option: str) -> None:
        value = getattr(self, option)
        if value is None and option == "start":
            return
        try:
            finite = np.ndim(value) == 0 and math.isfinite(value)
        except TypeError:
            finite = False
        if not finite:
            raise TrainingError(
                f"The parameter {self.name!r} has {option}={value!r}; give a finite number or "
                "quantity."
            )
        if not have_same_dimensions(value, self.low):
            raise TrainingError(
                f"The parameter {self.name!r} has low={self.low} and {option}={value}, which have "
                "different units."
            )

    def value(self, position: float) -> Quantity | float:
        """Return the value at a position from 0 (`low`) to 1 (`high`)."""
        low, high = float(self.low), float(self.high)
        if self.scale == "log":
            value = low ** (1 - position) * high**position
        else:
            value = low + position * (high - low)
        # Rounding must not lead out of the bounds.
        return self.with_unit(min(max(value, low), high))

    def position(self, value: Quantity | float) -> float:
        """Return where a value is, from 0 (`low`) to 1 (`high`)."""
        numbers = float(self.low), float(value), float(self.high)
        if self.scale == "log":
            numbers = tuple(map(math.log, numbers))
        low, number, high = numbers
        return (number - low) / (high - low)

    def with_unit(self, numbers):
        """Return numbers in SI units as quantities, or as they are if there is no unit."""
        if is_dimensionless(self.low):
            return numbers
        return Quantity.with_dimensions(numbers, get_dimensions(self.low))


def check_parameters(parameters: Sequence[Parameter]) -> tuple[Parameter, ...]:
    """Return the parameters, if there are some, of different names.

    Raises
    ------
    TrainingError
        If not.
    """
    parameters = tuple(parameters)
    for parameter in parameters:
        if not isinstance(parameter, Parameter):
            raise TrainingError(f"{parameter!r} is no parameter; write Parameter(name, low, high).")
    names = [parameter.name for parameter in parameters]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise TrainingError(f"There are two parameters called {twice[0]!r}.")
    if not names:
        raise TrainingError("parameters is empty; give at least one Parameter(name, low, high).")
    return parameters


def values_at(parameters: Sequence[Parameter], point: np.ndarray) -> dict[str, Quantity | float]:
    """Return name -> value at a point of the unit cube, ``[parameter]``."""
    return {
        parameter.name: parameter.value(float(position))
        for parameter, position in zip(parameters, point, strict=True)
    }


def start_point(parameters: Sequence[Parameter]) -> np.ndarray:
    """Return where the search begins, ``[parameter]``, in the unit cube."""
    return np.array(
        [0.5 if one.start is None else one.position(one.start) for one in parameters]
    ).clip(0.0, 1.0)


def values_text(values: Mapping[str, Quantity | float]) -> str:
    """Return values as a text for messages."""
    return ", ".join(f"{name} = {value}" for name, value in values.items())
