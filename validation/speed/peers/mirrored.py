"""This project: the job's Brian2 network in a mirror, in each of its lowerings."""

import torch
from brian2 import prefs

from ..networks import MirroredJob
from ..torch_program import TorchProgram


def build(job, data, lowering="plain", **options) -> TorchProgram:
    """Make the mirror of a job and its training; ``options`` go to `brian2_l2l.mirror`."""
    prefs.codegen.target = "numpy"
    precision = next(iter(data.weights.values())).dtype.name
    mirrored = MirroredJob(job, data, lowering, dtype=getattr(torch, precision), **options)
    names = [synapses.name for synapses in mirrored.built.synapses]
    weights = dict(zip(names, mirrored.mirror.parameters(), strict=True))
    return TorchProgram(weights, mirrored.logits, mirrored.rates, data, mirrored.matrix)
