"""Norse's own adaptive neurons, `LSNNRecurrent`, in a unit in which the threshold is 1."""

import torch
from norse.torch.functional.lsnn import LSNNParameters
from norse.torch.module.lsnn import LSNNRecurrent

from ..jobs import DT, TAU_A, TAU_M, THRESHOLD, delayed_spikes, readout_weights
from ..torch_program import TorchProgram, mean_rate
from ..tuning import RECURRENT
from .linear import LinearWeights


def build(job, data) -> TorchProgram:
    """Make the training of a job."""
    into = TAU_M / DT / THRESHOLD
    factors = {"S_in": into, "S_rec": RECURRENT * into, "S_out": 1.0}
    weights = LinearWeights(data, factors)
    inputs = torch.as_tensor(delayed_spikes(job, data, data.beta.dtype))
    readout = torch.as_tensor(readout_weights(job, data.beta.dtype))
    neurons = LSNNRecurrent(
        job.inputs,
        job.neurons,
        p=LSNNParameters(
            # The shortest synaptic current that Euler's method has: it lasts one time step.
            tau_syn_inv=torch.tensor(1e3 / DT),
            tau_mem_inv=torch.tensor(1e3 / TAU_M),
            tau_adapt_inv=torch.tensor(1e3 / TAU_A),
            beta=torch.as_tensor(data.beta) / THRESHOLD,
        ),
        input_weights=weights.parameters["S_in"],
        recurrent_weights=weights.parameters["S_rec"],
        autapses=True,
        dt=DT / 1e3,
    )

    def logits():
        spikes, _ = neurons(inputs)
        return weights.layers["S_out"](torch.einsum("t,tbn->bn", readout, spikes))

    def rates():
        with torch.no_grad():
            return [mean_rate(neurons(inputs)[0])]

    weights.tune("S_in", rates)
    return TorchProgram(weights.parameters, logits, rates, data, weights.read)
