"""An outer loop without gradients: it proposes values, runs the inner function, and learns.

It works on any Brian2 network, because it needs nothing of it but a cost.
"""

from brian2_l2l_plugins.l2l.evolution.loop import evolve
from brian2_l2l_plugins.l2l.evolution.parameters import Parameter
from brian2_l2l_plugins.l2l.evolution.record import EvolutionResult
from brian2_l2l_plugins.l2l.evolution.standalone import StandaloneEvaluation

__all__ = ["EvolutionResult", "Parameter", "StandaloneEvaluation", "evolve"]
