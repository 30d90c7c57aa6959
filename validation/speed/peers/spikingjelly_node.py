"""SpikingJelly with a node of our equations, the way its `SimpleBaseNode` is meant to be used."""

import torch
from spikingjelly.activation_based import functional, neuron

from ..jobs import ALPHA, KAPPA, REFRACTORY, RHO, THRESHOLD, delayed_spikes
from ..torch_program import TorchProgram, mean_rate, parameters
from .torch_loop import Triangular


class AdaptiveNode(neuron.SimpleBaseNode):
    """Neurons that adapt and are refractory."""

    def __init__(self, beta):
        super().__init__(surrogate_function=Triangular.apply)
        self.register_buffer("beta", beta)
        for name in ("b", "waiting", "spike"):
            self.register_memory(name, 0.0)

    def neuronal_charge(self, x):
        """Let the membrane and the adaptation move on."""
        self.v = ALPHA * (self.v + x)
        self.b = RHO * (self.b + self.spike)

    def neuronal_fire(self):
        """Compare with the threshold."""
        self.threshold = THRESHOLD + self.beta * self.b
        spike = self.surrogate_function((self.v - self.threshold) / self.threshold)
        return spike if isinstance(self.waiting, float) else spike * (self.waiting <= 0)

    def neuronal_reset(self, spike):
        """Subtract the threshold."""
        self.v = self.v - spike * self.threshold
        self.waiting = (self.waiting + REFRACTORY * spike.detach() - 1).clamp(min=0)
        self.spike = spike


def build(job, data) -> TorchProgram:
    """Make the training of a job."""
    weights = parameters(data)
    node = AdaptiveNode(torch.as_tensor(data.beta))
    inputs = torch.as_tensor(delayed_spikes(job, data, data.beta.dtype))

    def spikes():
        functional.reset_net(node)
        currents = inputs @ weights["S_in"]
        found = [node(currents[0])]
        for current in currents[1:]:
            found.append(node(current + found[-1] @ weights["S_rec"]))
        return torch.stack(found)

    def logits():
        y, total = 0, 0
        for current in spikes() @ weights["S_out"]:
            y = KAPPA * y + current
            total = total + y
        return total / job.steps

    def rates():
        with torch.no_grad():
            return [mean_rate(spikes())]

    return TorchProgram(weights, logits, rates, data)
