"""Plastic variables, and other states, of few bits.

Statements that change the variable are written again, so that it is always one of a few values, in
every engine. An update is rounded to the next step, or at random to one of the two steps beside it,
so that its mean is right (stochastic rounding). What a differential equation changes is rounded
after each time step.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from brian2.units import Quantity, have_same_dimensions
from brian2.units.fundamentalunits import Dimension, get_dimensions, get_unit_for_display

from brian2_l2l.errors import RuleError, did_you_mean
from brian2_l2l.rules.statements import lines_of

__all__ = ["Quantisation"]

_ROUNDINGS = {"nearest": "0.5", "stochastic": "rand()"}


@dataclass(frozen=True)
class Quantisation:
    """The values of a plastic variable.

    Attributes
    ----------
    bits : int
        There are ``2**bits`` values, from 1 to 52 bits.
    low, high : Quantity or float
        The smallest value, and the end of the range, which is one step above the largest value.
    rounding : {'stochastic', 'nearest'}
        What happens to an update between two steps.

    Raises
    ------
    RuleError
        If an attribute is not valid.
    """

    bits: int
    low: Quantity | float
    high: Quantity | float
    rounding: str = "stochastic"

    def __post_init__(self) -> None:
        if self.bits not in range(1, 53):
            raise RuleError(f"bits={self.bits!r} must be a whole number from 1 to 52.")
        if self.rounding not in _ROUNDINGS:
            raise RuleError(f"rounding={self.rounding!r}; write 'stochastic' or 'nearest'.")
        if not have_same_dimensions(self.low, self.high) or not self.low < self.high:
            raise RuleError(
                f"The range from {self.low} to {self.high} is none. Write low=, then high=, in the "
                "unit of the plastic variable."
            )

    @property
    def step(self) -> Quantity | float:
        """The distance of two values."""
        return (self.high - self.low) / 2**self.bits

    def namespace(self, variable: str) -> Mapping[str, Any]:
        """Return the constants in the code of `rewrite`."""
        values = {"low": self.low, "step": self.step, "last": 2**self.bits - 1}
        return {f"{variable}_{name}": value for name, value in values.items()}

    def rewrite(self, code: str, variable: str) -> str:
        """Return code in which the variable only gets values that it can have.

        Raises
        ------
        RuleError
            If the code changes the variable by another operator than ``=``, ``+=`` and ``-=``.
        """
        return "\n".join(self._statement(*line, variable) for line in lines_of(code))

    def _statement(self, name: str, operator: str, expression: str, variable: str) -> str:
        if name != variable:
            return f"{name} {operator} {expression}"
        if operator not in ("=", "+=", "-="):
            raise RuleError(
                f"'{name} {operator} {expression}' cannot be rounded to few bits. "
                f"Write '{name} = {name} {operator.rstrip('=')} ({expression})'."
            )
        here = f"floor(({name} - {name}_low)/{name}_step + 0.5) + "
        change = {
            "=": f"({expression}) - {name}_low",
            "+=": expression,
            "-=": f"-({expression})",
        }[operator]
        steps = f"floor(({change})/{name}_step + {_ROUNDINGS[self.rounding]})"
        number = steps if operator == "=" else here + steps
        return f"{name} = {name}_low + {name}_step*clip({number}, 0, {name}_last)"

    def check_unit(self, variable: str, dimensions: Dimension) -> None:
        """Raise `RuleError` unless the range is in the unit of a variable."""
        if get_dimensions(self.low) is not dimensions:
            raise RuleError(
                f"{variable!r} is in {get_unit_for_display(dimensions)}, and its range for few "
                f"bits goes from {self.low} to {self.high}. Write low= and high= in its unit."
            )

    def apply_to(self, group: Any, variable: str) -> None:
        """Round a variable of a group at the end of each time step.

        For states that equations change: a membrane potential, a trace, a plastic variable with a
        differential equation. Rounded to the nearest value, such a state stops where a time step
        changes it by less than half a step.

        Parameters
        ----------
        group : NeuronGroup or Synapses
        variable : str

        Raises
        ------
        RuleError
            If there is no such variable, nothing may change it, or the range has another unit.
        """
        found = group.variables.get(variable)
        if found is None or found.read_only or found.constant:
            known = [n for n, v in group.variables.items() if not (v.read_only or v.constant)]
            raise RuleError(
                f"'{group.name}' has no variable {variable!r} that may change."
                f"{did_you_mean(variable, known)}"
            )
        self.check_unit(variable, found.dim)
        group.namespace.update(self.namespace(variable))
        code = self.rewrite(f"{variable} = {variable}", variable)
        group.run_regularly(code, when="end", name=f"{group.name}_rounds_{variable}")

    def round(self, values: Any, random: np.random.Generator | None = None) -> Any:
        """Return values rounded to those that the variable can have, to start from.

        Parameters
        ----------
        values : Quantity or array
        random : numpy.random.Generator, optional
            For stochastic rounding; rounded to the nearest value when left out.
        """
        shape = np.shape(values)
        part = 0.5 if random is None else random.random(shape)
        steps = np.floor(np.asarray((values - self.low) / self.step) + part)
        return self.low + self.step * np.clip(steps, 0, 2**self.bits - 1)

    def __str__(self) -> str:
        return f"{self.bits} bits from {self.low} to {self.high}, {self.rounding} rounding"
