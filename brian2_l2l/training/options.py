"""Checks of options; every error names the option, what is wrong and what can be given."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from numbers import Integral, Real
from typing import Any

from brian2 import Quantity, get_dimensions
from brian2.units.fundamentalunits import have_same_dimensions

from brian2_l2l.errors import TrainingError, did_you_mean


def check_choice(option: str, value: Any, choices: Iterable[Any]) -> Any:
    """Return `value` if it is one of `choices`.

    Raises
    ------
    TrainingError
        If it is not, with the nearest choice and all of them.
    """
    choices = list(choices)
    if value in choices:
        return value
    names = [choice for choice in choices if isinstance(choice, str)]
    raise TrainingError(
        f"{option}={value!r} is not known.{did_you_mean(str(value), names)} "
        f"Choose from: {', '.join(map(repr, choices))}."
    )


def check_count(option: str, value: Any, *, least: int = 1) -> None:
    """Raise `TrainingError` unless `value` is an integer of at least `least`."""
    if isinstance(value, bool) or not isinstance(value, Integral) or value < least:
        raise TrainingError(f"{option}={value!r} must be an integer of {least} or more.")


def check_positive(option: str, value: Any) -> None:
    """Raise `TrainingError` unless `value` is a finite number above 0."""
    fine = isinstance(value, Real) and not isinstance(value, bool)
    if not (fine and math.isfinite(value) and value > 0):
        raise TrainingError(f"{option}={value!r} must be a number above 0.")


def check_flag(option: str, value: Any) -> None:
    """Raise `TrainingError` unless `value` is True or False."""
    if not isinstance(value, bool):
        raise TrainingError(f"{option}={value!r} must be True or False.")


def check_quantity(option: str, value: Any, unit: Quantity, *, example: str) -> float:
    """Return `value` in SI units, after checking that it is a finite scalar of the unit's kind.

    Raises
    ------
    TrainingError
        If it is not, with an example of what to write.
    """
    wanted = f"must be a quantity in {get_dimensions(unit)}, for example {example}"
    try:
        units = get_dimensions(value)
    except TypeError:
        raise TrainingError(f"{option}={value!r} {wanted}; it has no units.") from None
    if not have_same_dimensions(value, unit):
        raise TrainingError(f"{option}={value!r} {wanted}; its units are {units}.")
    if getattr(value, "ndim", 0) or not math.isfinite(value) or value < 0:
        raise TrainingError(f"{option}={value!r} {wanted}, finite and not below 0.")
    return float(value)


def make_options(what: str, options: Mapping[str, Any], *kinds: type) -> list[Any]:
    """Divide options among dataclasses and make one of each.

    Parameters
    ----------
    what : str
        Whose options they are, for the error, for example ``"trainer 'x'"``.
    options : dict
        The options a user gave.
    *kinds : dataclass
        Their fields are the options; no two have a field of the same name.

    Raises
    ------
    TrainingError
        If no dataclass has an option, with the nearest name and all of them.
    """
    names = [[field.name for field in fields(kind)] for kind in kinds]
    _check_names(what, options, sum(names, []))
    return [
        kind(**{name: options[name] for name in own if name in options})
        for kind, own in zip(kinds, names, strict=True)
    ]


def check_arguments(
    what: str, function: Callable, given: Mapping[str, Any], taken: Iterable[str] = ()
) -> None:
    """Raise `TrainingError` unless `function` has all the options that are `given`.

    Parameters
    ----------
    what : str
        How to call the function in the error, for example ``"trainer 'x'"``.
    function : callable
        What the options will be given to, by name.
    given : dict
        The options.
    taken : sequence of str
        Parameters of the function that are not options.
    """
    parameters = inspect.signature(function).parameters.values()
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        return
    by_name = (inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    names = [parameter.name for parameter in parameters if parameter.kind in by_name]
    _check_names(what, given, [name for name in names if name not in set(taken)])


def _check_names(what: str, given: Iterable[str], names: list[str]) -> None:
    for name in given:
        if name not in names:
            raise TrainingError(
                f"The {what} has no option {name!r}.{did_you_mean(name, names)} "
                f"It has: {', '.join(names)}."
            )
