"""A neuron model as the arguments of a NeuronGroup."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace

import numpy as np
from brian2 import Equations
from brian2.units import (
    DimensionMismatchError,
    Quantity,
    get_dimensions,
    have_same_dimensions,
    second,
    volt,
)
from brian2.units.fundamentalunits import DIMENSIONLESS, get_unit

from brian2_l2l.errors import did_you_mean


@dataclass(frozen=True, eq=False)
class Model:
    """
    The equations of a neuron and what goes with them, all of it standard Brian2.

    Parameters
    ----------
    equations : `Equations` or str
        The model equations.
    threshold, reset : str or None
        The threshold condition and the reset statements.
    refractory : str, `Quantity` or bool
        As in `NeuronGroup`.
    method : str
        The state updater.
    namespace : mapping
        The values of the parameters that are the same for all neurons.
    events : mapping
        Custom events: names and conditions.
    initial_values : mapping
        Variables whose start is not zero, parameters of single neurons included.

    Examples
    --------
    >>> from brian2 import NeuronGroup, ms, mV
    >>> from brian2_l2l.models import lif
    >>> model = lif(tau_m=10*ms, v_threshold=20*mV, v_reset=0*mV, v_rest=0*mV)
    >>> group = model.initialise(NeuronGroup(100, **model.group_arguments()))
    """

    equations: Equations
    threshold: str | None = None
    reset: str | None = None
    refractory: str | Quantity | bool = False
    method: str = "exact"
    namespace: Mapping = field(default_factory=dict)
    events: Mapping = field(default_factory=dict)
    initial_values: Mapping = field(default_factory=dict)

    def __post_init__(self):
        if isinstance(self.equations, str):
            object.__setattr__(self, "equations", Equations(self.equations))

    def with_(self, **changes) -> "Model":
        """
        Return a model with other parts; the present one stays as it is.

        Parameters
        ----------
        **changes
            New values of the fields. The entries of ``namespace``, ``events`` and
            ``initial_values`` are added to those that are there.

        Returns
        -------
        model : `Model`

        Raises
        ------
        TypeError
            If the model has no such part.
        """
        names = [part.name for part in fields(self)]
        for name in changes:
            if name not in names:
                raise TypeError(
                    f"A model has no part {name!r}.{did_you_mean(name, names)} "
                    f"Its parts are: {', '.join(names)}."
                )
        for name in {"namespace", "events", "initial_values"} & set(changes):
            changes[name] = {**getattr(self, name), **changes[name]}
        return replace(self, **changes)

    def group_arguments(self) -> dict:
        """
        Return the keyword arguments for `NeuronGroup`.

        Returns
        -------
        arguments : dict
            ``NeuronGroup(100, **model.group_arguments())`` makes the neurons. Names that are not in
            the model's namespace, a TimedArray for example, are found as Brian2 always does it.
        """
        return {
            "model": self.equations,
            "threshold": self.threshold,
            "reset": self.reset,
            "refractory": self.refractory,
            "method": self.method,
            "events": dict(self.events) or None,
            "namespace": dict(self.namespace),
        }

    def initialise(self, group):
        """
        Set the initial values of a group that was made from this model.

        Parameters
        ----------
        group : `NeuronGroup`
            The group.

        Returns
        -------
        group : `NeuronGroup`
            The same group.
        """
        for name, value in self.initial_values.items():
            setattr(group, name, value)
        return group

    def __str__(self):
        lines = [str(self.equations)]
        lines += [
            f"{name}: {value}"
            for name, value in self.group_arguments().items()
            if name not in ("model", "namespace") and value not in (None, False)
        ]
        lines += [f"{name} = {value!s}" for name, value in self.namespace.items()]
        return "\n".join(lines)


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
        The values of the parameters.
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
