"""Find the variables that parameters name, and give them values."""

from __future__ import annotations

from typing import Any

import numpy as np
from brian2 import Network, have_same_dimensions
from brian2.core.variables import ArrayVariable, VariableView
from brian2.groups.group import Group

from brian2_l2l.errors import TrainingError, did_you_mean

#: What to do about what looks like a parameter.
CONSTANTS = (
    "Constants of the namespace are compiled in and cannot change: write such a one in the "
    "equations of a group, 'name : unit (shared, constant)', and assign its value."
)


def find_variable(net: Network, name: str) -> ArrayVariable:
    """Return the variable with the name of a parameter.

    Raises
    ------
    TrainingError
        If there is none, or its values cannot be set.
    """
    owner, _, variable = name.partition(".")
    if not variable:
        raise TrainingError(
            f"The parameter {name!r} must be called by a group and its variable, such as "
            f"'group.{name}'. {CONSTANTS}"
        )
    groups = {obj.name: obj for obj in _all_objects(net.objects) if isinstance(obj, Group)}
    if owner not in groups:
        raise TrainingError(
            f"The network has no group {owner!r} for the parameter {name!r}."
            f"{did_you_mean(owner, groups)} It has: {', '.join(sorted(groups))}."
        )
    group = groups[owner]
    # Not all are among its variables: the delays of synapses are those of a pathway.
    view = getattr(group, variable, None)
    if not isinstance(view, VariableView) and variable not in group.variables:
        raise TrainingError(
            f"The group {owner!r} has no variable {variable!r}."
            f"{did_you_mean(variable, group.variables)} {CONSTANTS}"
        )
    found = getattr(view, "variable", None)
    if not isinstance(found, ArrayVariable) or found.read_only:
        raise TrainingError(f"The values of {name!r} cannot be set, so it cannot be a parameter.")
    return found


def argument(name: str, variable: ArrayVariable, value: Any) -> str:
    """Return what tells a program to give a variable a value.

    Raises
    ------
    TrainingError
        If the value has other units.
    """
    if not have_same_dimensions(variable, value):
        raise TrainingError(
            f"{name!r} has the value {value}, and the variable has the unit {variable.unit}. Give "
            "the parameter bounds with this unit."
        )
    number = float(value)
    if np.issubdtype(variable.dtype, np.integer):
        number = round(number)
    # All digits of a float, and the words of a boolean, as Brian2 writes them.
    given = np.asarray(number, dtype=variable.dtype).item()
    return f"{variable.owner.name}.{variable.name}={given!r}"


def _all_objects(objects: Any) -> set:
    """Return objects and those they contain."""
    found = set(objects)
    for obj in objects:
        found |= _all_objects(obj.contained_objects)
    return found
