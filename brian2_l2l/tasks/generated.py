"""Tasks that make up their trials: new ones for training, always the same ones elsewhere."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator

import torch

from brian2_l2l.training import Batch, check_split

__all__ = ["GeneratedTask"]


class GeneratedTask(ABC):
    """The part of such tasks that does not depend on what they ask for.

    Attributes
    ----------
    readout : tuple
        The one record key that the loss needs.
    trials : int
        The number of trials of an epoch of training.
    held_out : int
        The number of trials of ``'validation'`` and of ``'test'``.
    seed : int
        Of these trials.
    """

    readout: tuple
    trials: int
    held_out: int
    seed: int

    splits = ("train", "validation", "test")

    @property
    def record(self) -> list[tuple]:
        """The record keys that the loss needs."""
        return [self.readout]

    def batches(
        self, split: str, batch_size: int, generator: torch.Generator | None = None
    ) -> Iterator[Batch]:
        """Yield trials: other ones in every epoch of training, the same ones in other splits."""
        check_split(self, split)
        if split != "train" or generator is None:
            generator = torch.Generator().manual_seed(self.seed + self.splits.index(split) + 1)
        number = self.trials if split == "train" else self.held_out
        for done in range(0, number, batch_size):
            yield self.draw_batch(min(batch_size, number - done), generator, split, done)

    @abstractmethod
    def draw_batch(
        self, batch_size: int, generator: torch.Generator, split: str, done: int
    ) -> Batch:
        """Draw a batch of a split; `done` trials of the epoch came before."""
