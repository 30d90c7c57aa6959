"""Learning rules of synapses, as standard Brian2 code that runs on every device.

A `Rule` says which variables it needs of the neurons before and after the synapses, and has the
equations and the code of the synapses. `Quantisation` gives a plastic variable few bits.
"""

from brian2_l2l.rules.quantisation import Quantisation
from brian2_l2l.rules.rule import Rule
from brian2_l2l.rules.units import unit_of, unit_text

__all__ = ["Quantisation", "Rule", "unit_of", "unit_text"]
