"""The axis order, and a name for the type that the public functions share."""

from brian2.core.base import BrianObject

#: The order of the axes of every tensor that goes into or comes out of the mirror. Brian2's own
#: ``(neuron, time)`` exists at the edge only, where values of Brian2 objects are read and written.
AXES = ("time", "batch", "neuron")

#: A Brian2 object or its name.
ObjectOrName = BrianObject | str
