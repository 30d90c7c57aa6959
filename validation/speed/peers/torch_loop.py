"""A loop over time in plain PyTorch, as one writes it by hand; autograd does the rest."""

import torch

from ..jobs import ALPHA, DAMPENING, KAPPA, REFRACTORY, RHO, THRESHOLD, Recurrent, delayed_spikes
from ..torch_program import TorchProgram, mean_rate, parameters


class Triangular(torch.autograd.Function):
    """The spike of the recurrent network, with the triangular surrogate."""

    @staticmethod
    def forward(ctx, margin):
        """Compare with zero."""
        ctx.save_for_backward(margin)
        return (margin > 0).to(margin.dtype)

    @staticmethod
    def backward(ctx, gradient):
        """Multiply by the triangle."""
        (margin,) = ctx.saved_tensors
        return gradient * DAMPENING * (1 - margin.abs()).clamp(min=0)


class Arctan(torch.autograd.Function):
    """The spike of the feed-forward network, with the surrogate of Fang et al. 2021."""

    @staticmethod
    def forward(ctx, margin):
        """Compare with zero."""
        ctx.save_for_backward(margin)
        return (margin > 0).to(margin.dtype)

    @staticmethod
    def backward(ctx, gradient):
        """Multiply by the derivative of the arctangent."""
        (margin,) = ctx.saved_tensors
        return gradient / (1 + (torch.pi * margin) ** 2)


def adaptive_step(current, z, v, b, waiting, recurrent, beta):
    """
    Do one time step of the adaptive neurons.

    Parameters
    ----------
    current : torch.Tensor
        From the inputs, ``[batch, neuron]``.
    z, v, b, waiting : torch.Tensor
        Spikes, membrane, adaptation and the time steps until a spike is possible.
    recurrent, beta : torch.Tensor

    Returns
    -------
    z, v, b, waiting : torch.Tensor
    """
    v = ALPHA * (v + current + z @ recurrent - z * (THRESHOLD + beta * b))
    b = RHO * (b + z)
    threshold = THRESHOLD + beta * b
    z = Triangular.apply((v - threshold) / threshold) * (waiting <= 0)
    waiting = (waiting + REFRACTORY * z.detach() - 1).clamp(min=0)
    return z, v, b, waiting


class RecurrentLoop:
    """The recurrent network; the currents of the inputs are computed in one product."""

    def __init__(self, job, data):
        self.weights = parameters(data)
        self.beta = torch.as_tensor(data.beta)
        self.inputs = torch.as_tensor(delayed_spikes(job, data, data.beta.dtype))

    def spikes(self):
        """Run the neurons, and give a list of their spikes, ``[batch, neuron]`` each."""
        currents = self.inputs @ self.weights["S_in"]
        state = [torch.zeros_like(currents[0])] * 4
        spikes = []
        for current in currents:
            state = adaptive_step(current, *state, self.weights["S_rec"], self.beta)
            spikes.append(state[0])
        return spikes

    def logits(self):
        """Give the mean of the leaky readout."""
        y, total = 0, 0
        for z in self.spikes():
            y = KAPPA * y + z @ self.weights["S_out"]
            total = total + y
        return total / len(self.inputs)

    def rates(self):
        """Give the mean rate."""
        with torch.no_grad():
            return [mean_rate(torch.stack(self.spikes()))]


class FeedForwardLoop:
    """The feed-forward network, one layer after the other."""

    def __init__(self, job, data):
        self.weights = parameters(data)
        dtype = data.weights["S_1"].dtype
        self.inputs = torch.as_tensor(delayed_spikes(job, data, dtype))

    def spikes(self):
        """Run the layers, and give the spikes of each, ``[time, batch, neuron]``."""
        layers = [self.inputs]
        for weight in self.weights.values():
            currents = ALPHA * (layers[-1] @ weight)
            v, spikes = torch.zeros_like(currents[0]), []
            for current in currents:
                v = ALPHA * v + current
                z = Arctan.apply(v - 1)
                v = v - z
                spikes.append(z)
            layers.append(torch.stack(spikes))
        return layers[1:]

    def logits(self):
        """Give 10 times the mean of the last layer's spikes."""
        return 10 * self.spikes()[-1].mean(0)

    def rates(self):
        """Give the mean rate of each layer."""
        with torch.no_grad():
            return [mean_rate(spikes) for spikes in self.spikes()]


def build(job, data) -> TorchProgram:
    """Make the training of a job."""
    loop = (RecurrentLoop if isinstance(job, Recurrent) else FeedForwardLoop)(job, data)
    return TorchProgram(loop.weights, loop.logits, loop.rates, data)
