"""The axis order, and names for the types that the public functions share."""

from collections.abc import Mapping
from typing import Any

from brian2.core.base import BrianObject

#: The order of the axes of every tensor that goes into or comes out of the mirror. Brian2's own
#: ``(neuron, time)`` exists at the edge only, where values of Brian2 objects are read and written.
AXES = ("time", "batch", "neuron")
TIME_AXIS, BATCH_AXIS, NEURON_AXIS = range(len(AXES))

#: A Brian2 object or its name.
ObjectOrName = BrianObject | str

#: A variable of a Brian2 object: ``(synapses, 'w')`` or ``('synapses', 'w')``.
VariableKey = tuple[ObjectOrName, str]

#: Values in plain SI units by object, each with the axes `AXES`.
Inputs = Mapping[ObjectOrName, Any]
