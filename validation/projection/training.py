"""The network of sequential MNIST, and one iteration of its training after the other."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from brian2 import ms, prefs

import brian2_l2l as l2l
from brian2_l2l.tasks import Digits, cross_thresholds
from validation.speed import jobs
from validation.speed.networks import build_network

INPUTS = 80

#: The mean of the readout over so many last steps gives the class.
READ_STEPS = 28

#: The penalty ``RATE_WEIGHT * sum((rate - RATE_TARGET)**2)``, rates in spikes per step.
RATE_WEIGHT, RATE_TARGET = 0.1, 0.01

#: Of the start weights, as in `validation.speed.jobs.Recurrent`; with them rates keep their limits.
INPUT_STRENGTH, RECURRENT_STRENGTH = 0.9, 0.8

#: Of the bias as in the published code. Of the weights a tenth of what it is there, where neurons
#: multiply their inputs by ``1 - ALPHA``: eight times as many connections change at once here.
LEARNING_RATE = 0.01
WEIGHTS_RATE = 0.1 * LEARNING_RATE * (1 - jobs.ALPHA) / jobs.ALPHA


@dataclass(frozen=True)
class Size:
    """
    The size of the task.

    Attributes
    ----------
    neurons, adaptive, batch, cue : int
    """

    neurons: int = 220
    adaptive: int = 100
    batch: int = 256
    cue: int = 56


@dataclass(frozen=True)
class Iteration:
    """
    What was measured of an iteration.

    Attributes
    ----------
    seconds, encoding_seconds : float
        In all, and of these to draw and encode the digits.
    loss, accuracy : float
        The cross-entropy without the penalty, and the share of right answers.
    rate : float
        The mean rate in Hz.
    """

    seconds: float
    encoding_seconds: float
    loss: float
    accuracy: float
    rate: float


class Training:
    """
    The training of a network on digits.

    Parameters
    ----------
    size : `Size`
    digits : `brian2_l2l.tasks.Digits`
    seed : int
        Of the start weights and of the order of the digits.
    """

    def __init__(self, size: Size, digits: Digits, seed: int):
        self.size, self.labels = size, digits.labels
        self.pixels = digits.pixels.reshape(len(digits.labels), -1)
        self.random = np.random.default_rng(seed)
        self.steps = self.pixels.shape[1] + size.cue
        prefs.codegen.target = "numpy"
        job = _job(size)
        self.built = build_network(job, jobs.make_data(job, seed))
        self.mirror = l2l.mirror(
            self.built.network,
            trainable=[(synapses, "w") for synapses in self.built.synapses],
            batch_size=size.batch,
            surrogate=self.built.surrogate,
            lowering="fused",
        )
        self.bias = torch.nn.Parameter(torch.zeros(job.outputs))
        groups = [
            {"params": list(self.mirror.parameters()), "lr": WEIGHTS_RATE},
            {"params": [self.bias], "lr": LEARNING_RATE},
        ]
        self.adam = torch.optim.Adam(groups, fused=True)

    def iterations(self, number: int) -> Iterator[Iteration]:
        """Do some iterations, each with other digits until all were shown, and measure them."""
        for chosen in self._batches(number):
            yield self._iterate(chosen)

    def _batches(self, number):
        batch, order = self.size.batch, np.zeros(0, int)
        for _ in range(number):
            if len(order) < batch:
                order = self.random.permutation(len(self.labels))
            chosen, order = order[:batch], order[batch:]
            yield chosen

    def _iterate(self, chosen):
        start = time.perf_counter()
        spikes = cross_thresholds(self.pixels[chosen].T, INPUTS, cue=self.size.cue)
        spikes, labels = torch.from_numpy(spikes), torch.from_numpy(self.labels[chosen])
        encoded = time.perf_counter()
        self.adam.zero_grad(set_to_none=True)
        logits, rates = self._forward(spikes)
        loss = F.cross_entropy(logits, labels)
        (loss + RATE_WEIGHT * ((rates - RATE_TARGET) ** 2).sum()).backward()
        self.adam.step()
        end = time.perf_counter()
        accuracy = (logits.argmax(1) == labels).double().mean()
        rate = float(rates.detach().mean()) * 1e3 / jobs.DT
        return Iteration(end - start, encoded - start, loss.item(), float(accuracy), rate)

    def _forward(self, spikes):
        output, counted = ("readout", "y"), ("neurons", "spikes", "mean")
        record = self.mirror.run(
            self.steps * jobs.DT * ms,
            inputs={self.built.stimulus: spikes},
            record=[output, counted],
        )
        logits = record[output][-READ_STEPS:].mean(dim=0) + self.bias
        return logits, record[counted].mean(dim=0)


def _job(size):
    # Only the weights of the job are used, not the inputs that it draws.
    return jobs.Recurrent(
        "MNIST",
        INPUTS,
        size.neurons,
        size.adaptive,
        outputs=10,
        batch=size.batch,
        steps=1,
        input_strength=INPUT_STRENGTH,
        recurrent_strength=RECURRENT_STRENGTH,
    )
