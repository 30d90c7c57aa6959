"""
Ready equations of common models, as standard Brian2 strings.

Each function returns a `Model`, whose parts can be printed, changed and given to a `NeuronGroup`.
These parameters mean the same in all of them:

refractory : `Quantity`
    Refractory period.
tau_syn : `Quantity`, optional
    Time constant of the synaptic current ``I_syn``. With it, synapses write ``I_syn_post += w``;
    without it, ``v_post += w``.
input : str, optional
    External input, added to the current, such as ``'stimulus(t, i)'``. It has the unit of
    ``I_syn``: that of the potentials (the current times the membrane's resistance), or amperes in
    a model with a capacitance.
per_neuron : iterable of str, optional
    Parameters with one value per neuron. They become variables of the group, so they can be set,
    and trained, like any other.

A parameter with the wrong unit raises a `DimensionMismatchError`, a time constant that is not
positive or a name in ``per_neuron`` that is no parameter a `ValueError`.
"""

from brian2_l2l.models.adaptive_exponential import adaptive_exponential
from brian2_l2l.models.adaptive_lif import adaptive_lif
from brian2_l2l.models.leaky_readout import leaky_readout
from brian2_l2l.models.lif import lif
from brian2_l2l.models.model import Model
from brian2_l2l.models.two_compartment import gating_dendrite, two_compartment

__all__ = [
    "Model",
    "adaptive_exponential",
    "adaptive_lif",
    "gating_dendrite",
    "leaky_readout",
    "lif",
    "two_compartment",
]
