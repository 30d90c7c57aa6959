"""A small network with the interface of a mirror, and a task that it can learn."""

import logging
from types import MappingProxyType

import numpy as np
import torch
from brian2 import ms, second
from brian2.utils.logger import catch_logs

from brian2_l2l.training import Examples, SupervisedTask


class Spike(torch.autograd.Function):
    """A step with a triangular surrogate gradient."""

    @staticmethod
    def forward(ctx, margin):
        ctx.save_for_backward(margin)
        return (margin > 0).to(margin.dtype)

    @staticmethod
    def backward(ctx, gradient):
        (margin,) = ctx.saved_tensors
        return gradient * 0.5 * (1 - margin.abs()).clamp(min=0)


class StandIn(torch.nn.Module):
    """Stimulus -> leaky spiking neurons -> leaky readout, with noise from torch and NumPy."""

    dt = 1 * ms
    source = "leaky neurons with noise"
    constants = MappingProxyType({})

    def __init__(self, channels=12, hidden=20, classes=3, batch_size=16, noise=0.0, seed=1):
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        self.w_in = torch.nn.Parameter(0.25 * torch.rand(channels, hidden, generator=generator))
        self.w_out = torch.nn.Parameter(0.1 * torch.randn(hidden, classes, generator=generator))
        self.batch_size = batch_size
        self.noise = noise
        self.runs = []

    def run(self, duration, inputs, record, initial=None):
        (stimulus,) = inputs.values()
        steps, batch, _ = stimulus.shape
        assert steps == round(float(duration / self.dt))
        self.runs.append({"batch": batch, "training": self.training, "record": list(record)})
        v = torch.zeros(batch, self.w_in.shape[1])
        y = torch.zeros(batch, self.w_out.shape[1])
        spikes, readout = [], []
        for now in stimulus:
            v = 0.9 * v + now @ self.w_in + self._noise(v)
            z = Spike.apply(v - 1)
            v = v - z.detach()
            y = 0.9 * y + z @ self.w_out
            spikes.append(z)
            readout.append(y)
        spikes = torch.stack(spikes)
        known = {
            ("readout", "y"): torch.stack(readout),
            ("hidden", "spikes"): spikes,
            ("hidden", "spikes", "sum"): spikes.sum(dim=0),
        }
        return {key: known[key] for key in record}

    def _noise(self, v):
        if not self.noise:
            return 0.0
        drawn = torch.randn_like(v) + torch.from_numpy(np.random.randn(*v.shape)).to(v.dtype)
        return self.noise * drawn


def examples(trials, seed, steps=30, channels=12, classes=3):
    """Poisson spikes; the class says which third of the channels is most active."""
    generator = torch.Generator().manual_seed(seed)
    targets = torch.randint(classes, (trials,), generator=generator)
    group = torch.arange(channels) * classes // channels
    rate = torch.where(group == targets[:, None], 0.25, 0.05)
    spikes = torch.rand(steps, trials, channels, generator=generator) < rate
    return Examples({"stimulus": spikes.float()}, targets)


def make_task(train=50, validation=20, test=30, **options):
    """A task whose last batches are smaller than the others."""
    splits = {"train": train, "validation": validation, "test": test}
    return SupervisedTask(
        duration=30 * ms,
        readout=("readout", "y"),
        examples={
            name: examples(trials, seed)
            for seed, (name, trials) in enumerate(splits.items())
            if trials
        },
        **options,
    )


def hidden_rate(mirror, task):
    """The mean rate in Hz of the hidden neurons on the training split."""
    stimulus = task.examples["train"].inputs
    key = ("hidden", "spikes", "sum")
    with torch.no_grad():
        sums = mirror.run(task.duration, inputs=stimulus, record=[key])[key]
    return float(sums.mean() / (task.duration / second))


def same_state(first, second):
    """Whether two modules have bit for bit the same state."""
    first, second = first.state_dict(), second.state_dict()
    return first.keys() == second.keys() and all(torch.equal(first[k], second[k]) for k in first)


def caught_logs():
    """Catch what this package logs: a context manager that gives (level, name, message) tuples."""
    return catch_logs(logging.INFO, only_from=("brian2_l2l",))


def texts(log):
    """The messages that `caught_logs` caught."""
    return [message for _, _, message in log]
