"""Weights for layers of ``torch.nn.Linear``, ``[target, source]``, in the units of a library."""

import torch

from ..jobs import Data
from ..tuning import tuned_gain


class LinearWeights:
    """
    A job's weights as layers without bias.

    Parameters
    ----------
    data : `Data`
    factors : dict of str to float
        How many times larger than ours the library's weights are, by synapses.
    """

    def __init__(self, data: Data, factors):
        self.factors = factors
        self.layers = {name: self._layer(w * factors[name]) for name, w in data.weights.items()}

    @property
    def parameters(self) -> dict[str, torch.nn.Parameter]:
        """The trained weights by synapses."""
        return {name: layer.weight for name, layer in self.layers.items()}

    def read(self, name: str, gradient: torch.Tensor):
        """Give a gradient as our matrix ``[source, target]``."""
        return gradient.cpu().numpy().T * self.factors[name]

    def tune(self, name: str, rates) -> None:
        """Multiply some weights such that the first of the mean rates is the wanted one."""
        weight, start = self.layers[name].weight, self.layers[name].weight.detach().clone()

        def rate(gain):
            with torch.no_grad():
                weight.copy_(gain * start)
            return rates()[0]

        gain = tuned_gain(rate)
        rate(gain)
        self.factors = {**self.factors, name: self.factors[name] * gain}

    @staticmethod
    def _layer(matrix):
        layer = torch.nn.Linear(*matrix.shape, bias=False)
        layer.weight = torch.nn.Parameter(torch.tensor(matrix.T.copy()))
        return layer
