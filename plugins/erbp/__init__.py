"""Event-driven random backpropagation: learning inside Brian2, spike by spike.

Neurons have a dendrite ``U`` that never drives them. Error neurons, a positive and a negative one
for each class, compare the spikes of the outputs with those of labels, and move the dendrites of
all layers through fixed random connections. When a spike arrives at a synapse, its weight changes
by ``rate*U`` of the neuron behind it, if the synaptic current of this neuron is not too far from
zero: one addition and two comparisons [1]_.

`erbp_neurons` has the equations of the hidden and the output neurons, `erbp_rule` is the rule of
their synapses, and `erbp` adds to the layers of a user all that learns. All of it is standard
Brian2.

References
----------
.. [1] Neftci, Augustine, Paul, Detorakis 2017, Front Neurosci 11:324, arXiv 1612.05596
"""

from collections.abc import Callable, Mapping

from brian2_l2l.hookspecs import hookimpl
from brian2_l2l_plugins.erbp.circuit import ErbpCircuit, erbp
from brian2_l2l_plugins.erbp.neurons import background_noise, erbp_neurons
from brian2_l2l_plugins.erbp.rule import erbp_rule, erbp_synapses
from brian2_l2l_plugins.erbp.symmetric import symmetric_feedback

__all__ = [
    "ErbpCircuit",
    "background_noise",
    "erbp",
    "erbp_neurons",
    "erbp_rule",
    "symmetric_feedback",
]


@hookimpl
def rules() -> Mapping[str, Callable]:
    """Contribute the rule of the synapses."""
    return {"erbp": erbp_synapses}
