"""SpikingJelly's own node: multi-step where the layers are feed-forward, else a loop."""

import torch
from spikingjelly.activation_based import functional, neuron, surrogate

from ..jobs import ALPHA, KAPPA, THRESHOLD, Recurrent, delayed_spikes
from ..torch_program import TorchProgram, mean_rate
from ..tuning import RECURRENT
from .linear import LinearWeights


def node(mode):
    """Make neurons whose threshold is 1 and whose membrane keeps ``ALPHA``."""
    return neuron.LIFNode(
        tau=1 / (1 - ALPHA),
        decay_input=False,
        v_reset=None,
        surrogate_function=surrogate.ATan(),
        step_mode=mode,
    )


class RecurrentNetwork:
    """The recurrent network without adaptation and refractoriness."""

    def __init__(self, job, data):
        into = ALPHA / THRESHOLD
        factors = {"S_in": into, "S_rec": RECURRENT * into, "S_out": 1.0}
        self.weights = LinearWeights(data, factors)
        self.node, self.steps = node("s"), job.steps
        self.inputs = torch.as_tensor(delayed_spikes(job, data, data.beta.dtype))
        self.weights.tune("S_in", self.rates)

    def spikes(self):
        """Run the neurons, and give their spikes, ``[time, batch, neuron]``."""
        functional.reset_net(self.node)
        layers = self.weights.layers
        currents = layers["S_in"](self.inputs)
        found = [self.node(currents[0])]
        for current in currents[1:]:
            found.append(self.node(current + layers["S_rec"](found[-1])))
        return torch.stack(found)

    def logits(self):
        """Give the mean of the leaky readout."""
        y, total = 0, 0
        for current in self.weights.layers["S_out"](self.spikes()):
            y = KAPPA * y + current
            total = total + y
        return total / self.steps

    def rates(self):
        """Give the mean rate."""
        with torch.no_grad():
            return [mean_rate(self.spikes())]


class FeedForwardNetwork:
    """The feed-forward network, one layer after the other."""

    def __init__(self, job, data):
        self.weights = LinearWeights(data, dict.fromkeys(data.weights, ALPHA))
        self.nodes = [node("m") for _ in data.weights]
        dtype = data.weights["S_1"].dtype
        self.inputs = torch.as_tensor(delayed_spikes(job, data, dtype))

    def spikes(self):
        """Run the layers, and give the spikes of each, ``[time, batch, neuron]``."""
        layers = [self.inputs]
        for linear, nodes in zip(self.weights.layers.values(), self.nodes, strict=True):
            functional.reset_net(nodes)
            layers.append(nodes(linear(layers[-1])))
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
