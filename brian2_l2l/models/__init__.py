"""Ready equations of common models, as standard Brian2 strings."""

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
