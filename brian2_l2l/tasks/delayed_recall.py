"""N-step delayed recall: name the symbol that was shown so many symbols before.

Symbols follow one another; each of them is the activity of a population of inputs. In each period
the network has to name the symbol of `delay` periods before, while it takes in the present one. It
needs a working memory of so many symbols and their order, whose content changes all the time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
import torch.nn.functional as F
from brian2.units import Hz, Quantity, ms, second

from brian2_l2l.errors import TrainingError
from brian2_l2l.tasks.generated import GeneratedTask
from brian2_l2l.tasks.random_spikes import bernoulli_spikes, check_bernoulli
from brian2_l2l.tasks.raster import draw_raster
from brian2_l2l.training import Average, Batch, check_count, check_quantity

__all__ = ["DelayedRecallTask"]


@dataclass(frozen=True, eq=False)
class DelayedRecallTask(GeneratedTask):
    """Name the symbol of some periods before, by the largest of the readouts.

    The targets of a batch are the symbols that are shown: a tensor ``[period, trial]``.

    Attributes
    ----------
    delay : int
        How many periods before; 0 is the present symbol.
    symbols : int
        How many there are.
    stimulus : SpikeGeneratorGroup or str
        The inputs: a population for each symbol, all of the size `neurons`.
    readout : tuple
        The record key of as many readouts as symbols; their means over a period are its scores.
    neurons : int
        See `stimulus`.
    periods : int
        The symbols of a trial.
    period : Quantity
        Their length.
    rate : Quantity
        The rate of the population of the symbol; the others are silent.
    dt : Quantity
        The time step.
    trials : int
        The number of trials of an epoch.
    held_out : int
        The number of trials of ``'validation'`` and of ``'test'``.
    seed : int
        Of these trials.

    Raises
    ------
    TrainingError
        If an attribute is not valid.
    """

    delay: int = 2
    symbols: int = 4
    stimulus: Any = "stimulus"
    readout: tuple = ("readout", "y")
    neurons: int = 20
    periods: int = 10
    period: Quantity = field(default_factory=lambda: 100 * ms)
    rate: Quantity = field(default_factory=lambda: 50 * Hz)
    dt: Quantity = field(default_factory=lambda: 1 * ms)
    trials: int = 1280
    held_out: int = 512
    seed: int = 0

    def __post_init__(self) -> None:
        check_count("delay", self.delay, least=0)
        check_count("symbols", self.symbols, least=2)
        for name in ("neurons", "periods", "trials", "held_out"):
            check_count(name, getattr(self, name))
        check_quantity("period", self.period, second, example="100*ms")
        check_quantity("dt", self.dt, second, example="1*ms")
        check_quantity("rate", self.rate, Hz, example="50*Hz")
        if self.delay >= self.periods:
            raise TrainingError(f"delay={self.delay} must be below periods={self.periods}.")
        check_bernoulli(self.rate, self.dt)

    @property
    def steps(self) -> int:
        """The time steps of a period."""
        return round(float(self.period / self.dt))

    @property
    def inputs(self) -> int:
        """The number of inputs."""
        return self.symbols * self.neurons

    @property
    def duration(self) -> Quantity:
        """The biological time of a trial."""
        return self.periods * self.steps * self.dt

    def draw_batch(self, batch_size: int, generator: torch.Generator, *_) -> Batch:
        shape = (self.periods, batch_size)
        shown = torch.randint(self.symbols, shape, generator=generator, device="cpu")
        return Batch({self.stimulus: self.encode(shown, generator)}, shown, size=batch_size)

    def encode(self, shown: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        """Return the input spikes ``[time, trial, input]`` of symbols ``[period, trial]``."""
        active = F.one_hot(shown, self.symbols).bool().repeat_interleave(self.neurons, dim=-1)
        shape = (self.periods, self.steps, *active.shape[1:])
        spikes = bernoulli_spikes(shape, float(self.rate * self.dt), generator)
        return (spikes & active[:, None]).flatten(0, 1)

    def scores(self, record: Mapping[tuple, torch.Tensor]) -> torch.Tensor:
        """Return the mean readouts of the periods that have an answer: ``[answer, trial, symbol]``.

        These are the periods from the one with the number `delay`.
        """
        means = record[self.readout].unflatten(0, (self.periods, self.steps)).mean(dim=1)
        return means[self.delay :]

    def loss(self, record: Mapping[tuple, torch.Tensor], targets: torch.Tensor) -> torch.Tensor:
        """Return the mean cross-entropy of the answers."""
        wanted = targets[: self.periods - self.delay]
        return F.cross_entropy(self.scores(record).flatten(0, 1), wanted.flatten())

    def metrics(
        self, record: Mapping[tuple, torch.Tensor], targets: torch.Tensor
    ) -> dict[str, Average]:
        """Return ``'error'``: the part of the answers that are wrong."""
        wrong = self.scores(record).argmax(-1) != targets[: self.periods - self.delay]
        return {"error": Average(float(wrong.sum()), wrong.numel())}

    def draw(self, axes: Any, batch: Batch, trial: int = 0) -> None:
        """Draw a trial: the input spikes, and over each period the symbol to name.

        Parameters
        ----------
        axes : matplotlib.axes.Axes
        batch : Batch
        trial : int
        """
        draw_raster(axes, batch.inputs[self.stimulus][:, trial], self.dt)
        length = float(self.steps * self.dt / ms)
        for k in range(self.delay, self.periods):
            axes.annotate(
                str(int(batch.targets[k - self.delay, trial])),
                ((k + 0.5) * length, 1.02),
                xycoords=("data", "axes fraction"),
                ha="center",
            )
        axes.set(
            xticks=[length * k for k in range(self.periods + 1)],
            yticks=[(k + 0.5) * self.neurons for k in range(self.symbols)],
            yticklabels=range(self.symbols),
            ylabel="symbol",
        )
        axes.grid(axis="x")
