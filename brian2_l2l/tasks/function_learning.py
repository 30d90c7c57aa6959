"""Learn a function within an episode: predict its value, then get to know it.

Examples follow one another. With each of them the network is shown the arguments of a function and
the value that the function had in the example before. It has to predict the value for the present
arguments. Each trial has a function of its own from a family; as the weights of the network are the
same for all of them, it has to learn the function by its dynamics [1]_.

References
----------
.. [1] Bellec, Salaj, Subramoney, Legenstein, Maass 2018, NeurIPS, arXiv 1803.09574
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from brian2.units import Hz, Quantity, ms, second

from brian2_l2l.errors import TrainingError
from brian2_l2l.tasks.function_families import FunctionFamily, RandomNetworks
from brian2_l2l.tasks.generated import GeneratedTask
from brian2_l2l.tasks.population_code import population_code
from brian2_l2l.tasks.raster import draw_raster
from brian2_l2l.training import Average, Batch, check_count, check_quantity

__all__ = ["FunctionLearningTask", "FunctionTargets"]


@dataclass(frozen=True, eq=False)
class FunctionTargets:
    """The examples of some trials.

    Attributes
    ----------
    x : tensor
        ``[example, trial, argument]``.
    y : tensor
        ``[example, trial]``: the values to predict.
    """

    x: torch.Tensor
    y: torch.Tensor


@dataclass(frozen=True, eq=False)
class FunctionLearningTask(GeneratedTask):
    """Predict the values of an unknown function, example by example.

    Attributes
    ----------
    family : FunctionFamily
        Of the functions; by default random networks.
    stimulus : SpikeGeneratorGroup or str
        The inputs: a population for each argument and one for the value of the example before, all
        of the size `neurons`.
    readout : tuple
        The record key of one readout; the prediction is its mean over the last `read` of an
        example.
    examples : int
        The number of examples of an episode.
    period : Quantity
        The time of an example.
    read : Quantity
        See `readout`.
    neurons : int
        See `stimulus`.
    rate : Quantity
        The largest rate of the inputs; see `population_code`.
    span : float
        The largest value that the population for values can show.
    dt : Quantity
        The time step.
    trials : int
        The number of episodes of an epoch.
    held_out : int
        The number of episodes of ``'validation'`` and of ``'test'``.
    seed : int
        Of these episodes.

    Raises
    ------
    TrainingError
        If an attribute is not valid.
    """

    family: FunctionFamily = field(default_factory=RandomNetworks)
    stimulus: Any = "stimulus"
    readout: tuple = ("readout", "y")
    examples: int = 50
    period: Quantity = field(default_factory=lambda: 20 * ms)
    read: Quantity = field(default_factory=lambda: 10 * ms)
    neurons: int = 30
    rate: Quantity = field(default_factory=lambda: 200 * Hz)
    span: float = 2.5
    dt: Quantity = field(default_factory=lambda: 1 * ms)
    trials: int = 12800
    held_out: int = 512
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("examples", "neurons", "trials", "held_out"):
            check_count(name, getattr(self, name), least=5 if name == "examples" else 1)
        for name in ("period", "read", "dt"):
            check_quantity(name, getattr(self, name), second, example="10*ms")
        check_quantity("rate", self.rate, Hz, example="200*Hz")
        if not 0 < self.read <= self.period:
            raise TrainingError(f"read={self.read} must be in the period={self.period}.")
        if not 0 < float(self.rate * self.dt) <= 1:
            raise TrainingError(
                f"rate={self.rate} is more than one spike in each time step dt={self.dt}."
            )

    @property
    def steps(self) -> int:
        """The time steps of an example."""
        return round(float(self.period / self.dt))

    @property
    def inputs(self) -> int:
        """The number of inputs."""
        return (self.family.arguments + 1) * self.neurons

    @property
    def duration(self) -> Quantity:
        """The biological time of an episode."""
        return self.examples * self.steps * self.dt

    def draw_batch(self, batch_size: int, generator: torch.Generator, *_) -> Batch:
        shape = (self.examples, batch_size, self.family.arguments)
        x = 2 * torch.rand(shape, generator=generator, dtype=torch.float64, device="cpu") - 1
        targets = FunctionTargets(x.float(), self.family.draw(x, generator).float())
        return Batch({self.stimulus: self.encode(targets)}, targets, size=batch_size)

    def encode(self, targets: FunctionTargets) -> torch.Tensor:
        """Return the input spikes ``[time, trial, input]`` of examples."""
        before = torch.cat([torch.zeros_like(targets.y[:1]), targets.y[:-1]]) / self.span
        shown = [*targets.x.unbind(-1), before]
        probability = float(self.rate * self.dt)
        codes = [population_code(v, self.neurons, self.steps, probability) for v in shown]
        # Nothing came before the first example.
        codes[-1][: self.steps] = False
        return torch.cat(codes, -1)

    def predictions(self, record: Mapping[tuple, torch.Tensor]) -> torch.Tensor:
        """Return the predictions ``[example, trial]``."""
        y = record[self.readout][..., 0].unflatten(0, (self.examples, self.steps))
        return y[:, -round(float(self.read / self.dt)) :].mean(dim=1)

    def errors(
        self, record: Mapping[tuple, torch.Tensor], targets: FunctionTargets
    ) -> torch.Tensor:
        """Return the squared errors ``[example, trial]``."""
        return (self.predictions(record) - targets.y).square()

    def loss(self, record: Mapping[tuple, torch.Tensor], targets: FunctionTargets) -> torch.Tensor:
        """Return the mean squared error over all examples."""
        return self.errors(record, targets).mean()

    def metrics(
        self, record: Mapping[tuple, torch.Tensor], targets: FunctionTargets
    ) -> dict[str, Average]:
        """Return the mean squared errors of the first and of the last fifth of the examples."""
        errors, fifth = self.errors(record, targets), self.examples // 5
        parts = {"first_error": errors[:fifth], "last_error": errors[-fifth:]}
        return {name: Average(part.sum().item(), part.numel()) for name, part in parts.items()}

    def draw(self, axes: Any, batch: Batch, trial: int = 0) -> None:
        """Draw an episode: the input spikes, and over each example the value to predict.

        Parameters
        ----------
        axes : matplotlib.axes.Axes
        batch : Batch
        trial : int
        """
        draw_raster(axes, batch.inputs[self.stimulus][:, trial], self.dt)
        length = float(self.steps * self.dt / ms)
        names = [f"x{k + 1}" for k in range(self.family.arguments)] + ["y before"]
        axes.set(
            yticks=[(k + 0.5) * self.neurons for k in range(len(names))],
            yticklabels=names,
        )
        value = axes.twinx()
        edges = [length * k for k in range(self.examples + 1)]
        value.stairs(batch.targets.y[:, trial], edges, color="C1", baseline=None)
        value.set(ylabel="y", ylim=(-self.span, self.span))
