"""snnTorch's neurons in the loop over time of its tutorials."""

import snntorch
import torch

from ..jobs import ALPHA, KAPPA, THRESHOLD, Recurrent, delayed_spikes
from ..torch_program import TorchProgram, mean_rate
from ..tuning import RECURRENT
from .linear import LinearWeights


class RecurrentNetwork:
    """`RLeaky`, in a unit in which the threshold is 1, and a leaky readout."""

    def __init__(self, job, data):
        into = ALPHA / THRESHOLD
        factors = {"S_in": into, "S_rec": RECURRENT * into, "S_out": 1.0}
        self.weights = LinearWeights(data, factors)
        self.neurons = snntorch.RLeaky(ALPHA, linear_features=job.neurons)
        self.neurons.recurrent = self.weights.layers["S_rec"]
        self.readout = snntorch.Leaky(KAPPA, reset_mechanism="none")
        self.inputs = torch.as_tensor(delayed_spikes(job, data, data.beta.dtype))
        self.weights.tune("S_in", self.rates)

    def run(self):
        """Run, and give the sum of the readout and a list of the spikes."""
        spikes, v = self.neurons.reset_mem()
        y, total, found = self.readout.reset_mem(), 0, []
        for current in self.weights.layers["S_in"](self.inputs):
            spikes, v = self.neurons(current, spikes, v)
            _, y = self.readout(self.weights.layers["S_out"](spikes), y)
            total = total + y
            found.append(spikes)
        return total, found

    def logits(self):
        """Give the mean of the leaky readout."""
        return self.run()[0] / len(self.inputs)

    def rates(self):
        """Give the mean rate."""
        with torch.no_grad():
            return [mean_rate(torch.stack(self.run()[1]))]


class FeedForwardNetwork:
    """Layers of `Leaky`."""

    def __init__(self, job, data):
        self.weights = LinearWeights(data, dict.fromkeys(data.weights, ALPHA))
        self.neurons = [snntorch.Leaky(ALPHA, reset_delay=False) for _ in data.weights]
        dtype = data.weights["S_1"].dtype
        self.inputs = torch.as_tensor(delayed_spikes(job, data, dtype))

    def spikes(self):
        """Run the layers, and give the spikes of each, ``[time, batch, neuron]``."""
        layers = [self.inputs]
        for linear, neurons in zip(self.weights.layers.values(), self.neurons, strict=True):
            v, found = neurons.reset_mem(), []
            for current in linear(layers[-1]):
                spikes, v = neurons(current, v)
                found.append(spikes)
            layers.append(torch.stack(found))
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
    network = (RecurrentNetwork if isinstance(job, Recurrent) else FeedForwardNetwork)(job, data)
    weights = network.weights
    return TorchProgram(weights.parameters, network.logits, network.rates, data, weights.read)
