"""Put a model together: units, equations of the current, parameters of single neurons."""

from collections.abc import Iterable, Mapping

import numpy as np
from brian2 import Equations
from brian2.units import (
    DimensionMismatchError,
    get_dimensions,
    have_same_dimensions,
    second,
    volt,
)
from brian2.units.fundamentalunits import DIMENSIONLESS, get_unit

from brian2_l2l.errors import did_you_mean
from brian2_l2l.models.model import Model


def unit_name(quantity) -> str:
    """
    Return the unit of a quantity as Brian2's equations write it.

    Parameters
    ----------
    quantity : `Quantity` or float
        Any value.

    Returns
    -------
    name : str
        For example ``'volt'``, and ``'1'`` for a plain number.
    """
    dimensions = get_dimensions(quantity)
    return "1" if dimensions is DIMENSIONLESS else repr(get_unit(dimensions))


def potential_unit(**potentials) -> str:
    """
    Return the common unit of all potentials of a model.

    Parameters
    ----------
    **potentials : `Quantity` or float
        All of them in volts, or all of them plain numbers.

    Returns
    -------
    name : str
        ``'volt'`` or ``'1'``.

    Raises
    ------
    DimensionMismatchError
        If they differ, or are something else than potentials.
    """
    (first_name, first), *others = potentials.items()
    if not (have_same_dimensions(first, volt) or have_same_dimensions(first, 1)):
        raise DimensionMismatchError(
            f"{first_name} must be in volts, such as 20*mV, or a plain number",
            get_dimensions(first),
        )
    for name, value in others:
        if not have_same_dimensions(value, first):
            raise DimensionMismatchError(
                f"{name} and {first_name} must have the same unit: both in volts, or both plain "
                f"numbers",
                get_dimensions(value),
                get_dimensions(first),
            )
    return unit_name(first)


def build_model(lines: Iterable[str], parameters: Mapping, per_neuron: Iterable[str], **parts):
    """
    Put the parts of a model together.

    Parameters
    ----------
    lines : iterable of str
        The equations.
    parameters : mapping
        The values of the parameters; those that are None are left out.
    per_neuron : iterable of str
        The parameters that get one value per neuron. They become variables of the group, so they
        can be set, and trained, like any other.
    **parts
        The other fields of `Model`.

    Returns
    -------
    model : `Model`

    Raises
    ------
    ValueError
        If a time constant is not positive, or a name in ``per_neuron`` is no parameter.
    """
    parameters = {name: value for name, value in parameters.items() if value is not None}
    for name, value in parameters.items():
        if name.startswith("tau") and not np.all(value > 0 * second):
            raise ValueError(f"{name} is {value}; a time constant must be positive")
    per_neuron = (per_neuron,) if isinstance(per_neuron, str) else tuple(per_neuron)
    for name in per_neuron:
        if name not in parameters:
            raise ValueError(
                f"per_neuron: the model has no parameter {name!r}.{did_you_mean(name, parameters)} "
                f"Its parameters are: {', '.join(parameters)}."
            )
    declared = [f"{name} : {unit_name(parameters[name])} (constant)" for name in per_neuron]
    initial_values = {name: parameters[name] for name in per_neuron}
    initial_values.update(parts.pop("initial_values", {}))
    return Model(
        equations=Equations("\n".join([*lines, *declared])),
        namespace={name: value for name, value in parameters.items() if name not in per_neuron},
        initial_values=initial_values,
        **parts,
    )


def drive(unit: str, input_expression: str | None, decay: str | None):
    """
    Write the equations of the current ``I`` into a neuron.

    Parameters
    ----------
    unit : str
        The unit of the current.
    input_expression : str or None
        An expression that is part of the current.
    decay : str or None
        The derivative of ``I_syn``, the part of the current that synapses increase; without it,
        there is no such part.

    Returns
    -------
    term : str
        What the membrane's equation adds: ``' + I'``, or nothing if there is no current.
    lines : list of str
        The equations of the current.

    Raises
    ------
    TypeError
        If the input is not a string.
    """
    if not isinstance(input_expression, str | None):
        raise TypeError(
            f"input is a {type(input_expression).__name__}; write an expression as a string, "
            f"such as 'stimulus(t, i)' for a TimedArray named stimulus"
        )
    terms = ([] if decay is None else ["I_syn"]) + ([input_expression] if input_expression else [])
    if not terms:
        return "", []
    lines = [f"I = {' + '.join(terms)} : {unit}"]
    return " + I", lines + ([] if decay is None else [f"dI_syn/dt = {decay} : {unit}"])


def exponential_decay(tau_syn) -> str | None:
    """
    Write the derivative of a synaptic current, for `drive`.

    Parameters
    ----------
    tau_syn : `Quantity` or None
        Its time constant.

    Returns
    -------
    decay : str or None
        None if there is no time constant, and so no such current.
    """
    return None if tau_syn is None else "-I_syn/tau_syn"


def check_different(tau_m, tau_syn):
    """
    Refuse two equal time constants.

    Parameters
    ----------
    tau_m : `Quantity`
        Of the membrane.
    tau_syn : `Quantity` or None
        The exact solution has the difference of the two in a denominator.

    Raises
    ------
    ValueError
        If they are equal.
    """
    if tau_syn is not None and tau_m == tau_syn:
        raise ValueError(
            f"tau_m and tau_syn are both {tau_m}: the exact solution of the equations needs two "
            f"different values. Change one of them slightly."
        )
