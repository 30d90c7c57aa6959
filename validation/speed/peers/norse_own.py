"""Norse with our equations as the activation of its `SNNRecurrent`."""

import torch
from norse.torch.module.snn import SNNRecurrent

from ..jobs import delayed_spikes, readout_weights
from ..torch_program import TorchProgram, mean_rate
from .linear import LinearWeights
from .torch_loop import adaptive_step


def activation(spikes, state, inputs, recurrent, beta, dt):
    """Do one time step, with the arguments that Norse gives."""
    current = torch.nn.functional.linear(spikes, inputs)
    state = adaptive_step(current, *state, recurrent.T, beta)
    return state[0], state


def build(job, data, compiled=False) -> TorchProgram:
    """Make the training of a job, with its time step compiled by torch if asked for."""
    weights = LinearWeights(data, dict.fromkeys(data.weights, 1.0))
    beta = torch.as_tensor(data.beta)
    inputs = torch.as_tensor(delayed_spikes(job, data, data.beta.dtype))
    readout = torch.as_tensor(readout_weights(job, data.beta.dtype))
    neurons = SNNRecurrent(
        torch.compile(activation) if compiled else activation,
        lambda spikes: [beta.new_zeros(job.batch, job.neurons)] * 4,
        job.inputs,
        job.neurons,
        p=beta,
        input_weights=weights.parameters["S_in"],
        recurrent_weights=weights.parameters["S_rec"],
        autapses=True,
    )

    def logits():
        spikes, _ = neurons(inputs)
        return weights.layers["S_out"](torch.einsum("t,tbn->bn", readout, spikes))

    def rates():
        with torch.no_grad():
            return [mean_rate(neurons(inputs)[0])]

    return TorchProgram(weights.parameters, logits, rates, data, weights.read)
