"""The training of a job by torch: loss, backward pass and Adam."""

from collections.abc import Callable, Mapping

import numpy as np
import torch
import torch.nn.functional as F

from .jobs import DT, LEARNING_RATE, Data


class TorchProgram:
    """
    Trains weights through a function that gives logits.

    Parameters
    ----------
    weights : dict of str to torch.nn.Parameter
        By synapses.
    logits : callable
        Gives the logits ``[batch, class]``.
    rates : callable
        Gives the mean rates in Hz.
    data : `Data`
    read : callable, optional
        Turns the name of synapses and a gradient into a matrix ``[source, target]``.
    """

    def __init__(
        self,
        weights: Mapping[str, torch.nn.Parameter],
        logits: Callable[[], torch.Tensor],
        rates: Callable[[], list[float]],
        data: Data,
        read: Callable[[str, torch.Tensor], np.ndarray] | None = None,
    ):
        self.weights, self.logits, self.rates = dict(weights), logits, rates
        self.labels = torch.as_tensor(data.labels)
        self.read = read or (lambda name, gradient: gradient.cpu().numpy())
        self.adam = torch.optim.Adam(self.weights.values(), lr=LEARNING_RATE, fused=True)
        _load_training()

    def gradients(self) -> float:
        """Run forward and backward, and give the loss."""
        self.adam.zero_grad(set_to_none=True)
        loss = F.cross_entropy(self.logits(), self.labels)
        loss.backward()
        return loss.item()

    def step(self) -> None:
        """Do one training step."""
        self.gradients()
        self.adam.step()
        if self.labels.is_cuda:
            torch.cuda.synchronize()

    def arrays(self) -> dict[str, np.ndarray]:
        """Give the gradients as matrices ``[source, target]``."""
        return {name: self.read(name, weight.grad) for name, weight in self.weights.items()}


def _load_training():
    """Load what torch loads at its first step, so that it does not count as memory of a step."""
    weight = torch.nn.Parameter(torch.zeros(1, 2))
    F.cross_entropy(weight, torch.zeros(1, dtype=torch.long)).backward()
    torch.optim.Adam([weight], fused=True).step()


def parameters(data: Data) -> dict[str, torch.nn.Parameter]:
    """
    Make trained matrices ``[source, target]`` of a job's weights.

    Parameters
    ----------
    data : `Data`
    """
    return {name: torch.nn.Parameter(torch.tensor(w)) for name, w in data.weights.items()}


def mean_rate(spikes: torch.Tensor) -> float:
    """
    Give the mean rate of spikes, ``[time, batch, neuron]``, in Hz.

    Parameters
    ----------
    spikes : torch.Tensor
    """
    return float(spikes.detach().mean()) * 1e3 / DT
