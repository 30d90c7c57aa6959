"""
The plain loop in chunks of time steps that ``torch.compile`` unrolls.

Longer chunks run faster and take longer to compile. The leaky readout is one weighted sum over
time, which is the same number and faster than a loop.
"""

import torch

from ..jobs import ALPHA, Recurrent, delayed_spikes, readout_weights
from ..torch_program import TorchProgram, mean_rate, parameters
from .torch_loop import Arctan, adaptive_step

#: The most time steps in a chunk.
LONGEST = 20


def chunk_length(steps: int) -> int:
    """Give the longest chunk that divides the number of time steps."""
    return max(length for length in range(1, LONGEST + 1) if steps % length == 0)


def recurrent_chunk(currents, z, v, b, waiting, recurrent, beta):
    """Do some time steps of the adaptive neurons; gives the spikes and the state."""
    spikes = []
    for current in currents.unbind(0):
        z, v, b, waiting = adaptive_step(current, z, v, b, waiting, recurrent, beta)
        spikes.append(z)
    return torch.stack(spikes), z, v, b, waiting


def feed_forward_chunk(inputs, membranes, weights):
    """Do some time steps of all layers; gives the spikes of each, and the membranes."""
    spikes, after = [inputs], []
    for v, weight in zip(membranes, weights, strict=True):
        steps = []
        for current in (ALPHA * (spikes[-1] @ weight)).unbind(0):
            v = ALPHA * v + current
            z = Arctan.apply(v - 1)
            v = v - z
            steps.append(z)
        spikes.append(torch.stack(steps))
        after.append(v)
    return spikes[1:], after


class RecurrentChunks:
    """The recurrent network."""

    def __init__(self, job, data):
        self.weights, self.length = parameters(data), chunk_length(job.steps)
        dtype = data.beta.dtype
        self.beta = torch.as_tensor(data.beta)
        self.inputs = torch.as_tensor(delayed_spikes(job, data, dtype))
        self.readout = torch.as_tensor(readout_weights(job, dtype))
        self.chunk = torch.compile(recurrent_chunk, dynamic=False)

    def spikes(self):
        """Run the neurons, and give their spikes, ``[time, batch, neuron]``."""
        currents = self.inputs @ self.weights["S_in"]
        # Four tensors: the compiler treats one that is given twice as a case of its own.
        state = [torch.zeros_like(currents[0]) for _ in range(4)]
        spikes = []
        for some in currents.split(self.length):
            chunk, *state = self.chunk(some, *state, self.weights["S_rec"], self.beta)
            spikes.append(chunk)
        return torch.cat(spikes)

    def logits(self):
        """Give the mean of the leaky readout."""
        return torch.einsum("t,tbn->bn", self.readout, self.spikes()) @ self.weights["S_out"]

    def rates(self):
        """Give the mean rate."""
        return [mean_rate(self.spikes())]


class FeedForwardChunks:
    """The feed-forward network."""

    def __init__(self, job, data):
        self.job, self.weights, self.length = job, parameters(data), chunk_length(job.steps)
        dtype = data.weights["S_1"].dtype
        self.inputs = torch.as_tensor(delayed_spikes(job, data, dtype))
        self.chunk = torch.compile(feed_forward_chunk, dynamic=False)

    def spikes(self):
        """Run the layers, and give the spikes of each, ``[time, batch, neuron]``."""
        weights = list(self.weights.values())
        membranes = [self.inputs.new_zeros(self.job.batch, size) for size in self.job.layers[1:]]
        chunks = []
        for some in self.inputs.split(self.length):
            spikes, membranes = self.chunk(some, membranes, weights)
            chunks.append(spikes)
        return [torch.cat(layer) for layer in zip(*chunks, strict=True)]

    def logits(self):
        """Give 10 times the mean of the last layer's spikes."""
        return 10 * self.spikes()[-1].mean(0)

    def rates(self):
        """Give the mean rate of each layer."""
        return [mean_rate(spikes) for spikes in self.spikes()]


def build(job, data) -> TorchProgram:
    """Make the training of a job."""
    # Loads the compiler, so that it does not count as memory of a step.
    torch.compile(lambda x: x + 1)(torch.zeros(1))
    chunks = (RecurrentChunks if isinstance(job, Recurrent) else FeedForwardChunks)(job, data)
    return TorchProgram(chunks.weights, chunks.logits, chunks.rates, data)
