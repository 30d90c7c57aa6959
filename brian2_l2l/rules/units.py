"""The units of the variables that a rule connects."""

from __future__ import annotations

from typing import Any

from brian2.units import Unit, get_unit
from brian2.units.fundamentalunits import DIMENSIONLESS

__all__ = ["unit_of", "unit_text"]


def unit_of(group: Any, variable: str) -> Unit:
    """Return the unit of a variable of a group; 1 if there is none, which `Rule.check` refuses."""
    found = group.variables.get(variable)
    return get_unit(DIMENSIONLESS if found is None else found.dim)


def unit_text(unit: Unit) -> str:
    """Return a unit as equations write it."""
    return "1" if unit.is_dimensionless else repr(unit)
