"""Norse's neurons without a synaptic current, one layer after the other."""

import torch
from norse.torch.functional.lif_box import LIFBoxParameters
from norse.torch.functional.reset import reset_subtract
from norse.torch.module.lif_box import LIFBoxCell
from norse.torch.module.lift import Lift

from ..jobs import ALPHA, DT, delayed_spikes
from ..torch_program import TorchProgram, mean_rate
from .linear import LinearWeights


def build(job, data, compiled=False) -> TorchProgram:
    """Make the training of a job, with the layers' time steps compiled by torch if asked for."""
    # Euler's method with this time constant decays as the exact solution of ours does.
    rate = torch.tensor((1 - ALPHA) * 1e3 / DT)
    constants = LIFBoxParameters(tau_mem_inv=rate, reset_method=reset_subtract)
    weights = LinearWeights(data, dict.fromkeys(data.weights, ALPHA / (1 - ALPHA)))
    cells = [LIFBoxCell(constants, dt=DT / 1e3) for _ in data.weights]
    if compiled:
        for cell in cells:
            cell.forward = torch.compile(cell.forward)
    neurons = [Lift(cell) for cell in cells]
    dtype = data.weights["S_1"].dtype
    inputs = torch.as_tensor(delayed_spikes(job, data, dtype))

    def spikes():
        layers = [inputs]
        for linear, layer in zip(weights.layers.values(), neurons, strict=True):
            layers.append(layer(linear(layers[-1]))[0])
        return layers[1:]

    def rates():
        with torch.no_grad():
            return [mean_rate(layer) for layer in spikes()]

    return TorchProgram(
        weights.parameters, lambda: 10 * spikes()[-1].mean(0), rates, data, weights.read
    )
