"""Store-recall: remember a bit until it is asked for.

Periods follow one another. In each of them one of two populations of inputs spikes, which shows a
bit. In some periods a third population spikes as well: the bit of this period is to be stored. In a
later one a fourth population spikes, and the bit populations are silent: the stored bit is to be
recalled. What is shown in between must not disturb it [1]_.

References
----------
.. [1] Bellec, Salaj, Subramoney, Legenstein, Maass 2018, NeurIPS, arXiv 1803.09574
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

__all__ = ["StoreRecallTask", "StoreRecallTargets"]

#: The populations of inputs, by their number.
ZERO, ONE, STORE, RECALL = range(4)


@dataclass(frozen=True, eq=False)
class StoreRecallTargets:
    """What a trial asks for.

    Attributes
    ----------
    bits : tensor of int64
        ``[period, trial]``: the bit that is shown, or, in periods of recall, the stored one.
    store, recall : tensor of bool
        ``[period, trial]``: the commands.
    """

    bits: torch.Tensor
    store: torch.Tensor
    recall: torch.Tensor


@dataclass(frozen=True, eq=False)
class StoreRecallTask(GeneratedTask):
    """Name the stored bit, in each period of recall, by the larger of two readouts.

    Attributes
    ----------
    stimulus : SpikeGeneratorGroup or str
        The inputs: four populations of the same size, one after the other.
    readout : tuple
        The record key of two readouts; their means over a period are its scores.
    inputs : int
        The number of inputs.
    periods : int
        The number of periods of a trial.
    period : Quantity
        Their length.
    rate : Quantity
        The rate of a population that spikes.
    probability : float
        Of a command in each period: store while nothing is stored, else recall.
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

    stimulus: Any = "stimulus"
    readout: tuple = ("readout", "y")
    inputs: int = 100
    periods: int = 12
    period: Quantity = field(default_factory=lambda: 200 * ms)
    rate: Quantity = field(default_factory=lambda: 50 * Hz)
    probability: float = 1 / 6
    dt: Quantity = field(default_factory=lambda: 1 * ms)
    trials: int = 1280
    held_out: int = 512
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("inputs", "periods", "trials", "held_out"):
            check_count(name, getattr(self, name))
        check_quantity("period", self.period, second, example="200*ms")
        check_quantity("dt", self.dt, second, example="1*ms")
        check_quantity("rate", self.rate, Hz, example="50*Hz")
        if self.inputs % 4:
            raise TrainingError(f"inputs={self.inputs} must be a multiple of 4.")
        if not 0 < self.probability <= 1:
            raise TrainingError(f"probability={self.probability} must be above 0 and at most 1.")
        check_bernoulli(self.rate, self.dt)

    @property
    def steps(self) -> int:
        """The time steps of a period."""
        return round(float(self.period / self.dt))

    @property
    def duration(self) -> Quantity:
        """The biological time of a trial."""
        return self.periods * self.steps * self.dt

    def draw_batch(self, batch_size: int, generator: torch.Generator, *_) -> Batch:
        targets = self.draw_targets(batch_size, generator)
        return Batch({self.stimulus: self.encode(targets, generator)}, targets, size=batch_size)

    def draw_targets(self, batch_size: int, generator: torch.Generator) -> StoreRecallTargets:
        """Draw the bits and commands of some trials."""
        shape = (self.periods, batch_size)
        shown = torch.randint(2, shape, generator=generator, device="cpu")
        command = torch.rand(shape, generator=generator, device="cpu") < self.probability
        store, recall = torch.zeros_like(command), torch.zeros_like(command)
        stored, memory = torch.zeros_like(command[0]), shown[0]
        for k in range(self.periods):
            store[k], recall[k] = command[k] & ~stored, command[k] & stored
            memory = torch.where(store[k], shown[k], memory)
            shown[k] = torch.where(recall[k], memory, shown[k])
            stored = stored ^ command[k]
        return StoreRecallTargets(shown, store, recall)

    def encode(self, targets: StoreRecallTargets, generator: torch.Generator) -> torch.Tensor:
        """Return the input spikes ``[time, trial, input]`` of bits and commands."""
        shows = ~targets.recall
        populations = [
            (targets.bits == 0) & shows,
            (targets.bits == 1) & shows,
            targets.store,
            targets.recall,
        ]
        active = torch.stack(populations, -1).repeat_interleave(self.inputs // 4, dim=-1)
        shape = (self.periods, self.steps, *active.shape[1:])
        spikes = bernoulli_spikes(shape, float(self.rate * self.dt), generator)
        return (spikes & active[:, None]).flatten(0, 1)

    def draw(self, axes: Any, batch: Batch, trial: int = 0) -> None:
        """Draw a trial: the input spikes, and what each period asks for.

        Parameters
        ----------
        axes : matplotlib.axes.Axes
        batch : Batch
        trial : int
        """
        draw_raster(axes, batch.inputs[self.stimulus][:, trial], self.dt)
        targets, length = batch.targets, float(self.steps * self.dt / ms)
        for k in range(self.periods):
            word = "store " if targets.store[k, trial] else ""
            word = "recall " if targets.recall[k, trial] else word
            axes.annotate(
                f"{word}{int(targets.bits[k, trial])}",
                ((k + 0.5) * length, 1.02),
                xycoords=("data", "axes fraction"),
                ha="center",
                fontweight="bold" if word else "normal",
            )
        size = self.inputs // 4
        axes.set(
            xticks=[length * k for k in range(self.periods + 1)],
            yticks=[(k + 0.5) * size for k in range(4)],
            yticklabels=["0", "1", "store", "recall"],
        )
        axes.grid(axis="x")

    def scores(self, record: Mapping[tuple, torch.Tensor]) -> torch.Tensor:
        """Return the mean readouts of each period: ``[period, trial, bit]``."""
        return record[self.readout].unflatten(0, (self.periods, self.steps)).mean(dim=1)

    def loss(
        self, record: Mapping[tuple, torch.Tensor], targets: StoreRecallTargets
    ) -> torch.Tensor:
        """Return the mean cross-entropy of the recalled bits; 0 if a batch has none."""
        asked = targets.recall
        losses = F.cross_entropy(self.scores(record)[asked], targets.bits[asked], reduction="sum")
        return losses / max(1, int(asked.sum()))

    def metrics(
        self, record: Mapping[tuple, torch.Tensor], targets: StoreRecallTargets
    ) -> dict[str, Average]:
        """Return ``'error'``: the part of the recalled bits that are wrong."""
        asked = targets.recall
        wrong = self.scores(record)[asked].argmax(-1) != targets.bits[asked]
        return {"error": Average(float(wrong.sum()), float(asked.sum()))}
