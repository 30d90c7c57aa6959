"""What a peer is: a row of the table, and the program that makes its training steps."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from .jobs import Data, FeedForward, Job, Recurrent

#: How a peer's equations relate to those of `validation.speed.networks`.
SAME = "same"  # the same: loss and gradients must be ours
OTHER = "other"  # others, but nothing is left out
LESS = "less"  # no adaptation or no refractoriness: listed, not counted


class Program(Protocol):
    """The training of one job."""

    def gradients(self) -> float:
        """Run forward and backward, and give the loss."""

    def update(self) -> None:
        """Let Adam change the weights."""

    def arrays(self) -> Mapping[str, np.ndarray]:
        """Give the gradients that `gradients` has computed, ``[source, target]`` by synapses."""

    def rates(self) -> list[float]:
        """Give the mean rate of each spiking group in Hz."""


@dataclass(frozen=True)
class Equations:
    """
    How a peer's equations relate to ours.

    Attributes
    ----------
    relation : {'same', 'other', 'less'}
    differences : str
        What differs, in words.
    """

    relation: str = SAME
    differences: str = ""


@dataclass(frozen=True)
class Peer:
    """
    One row of the table.

    Attributes
    ----------
    name : str
    build : callable
        ``build(job, data)`` makes the `Program`.
    recurrent, feed_forward : `Equations` or None
        Of J1 and J2, and of J3; None if it cannot do it.
    ours, bound : bool
        Whether it is this project, or the hand-written program.
    packages : tuple of str
        The distributions that it needs besides torch.
    """

    name: str
    build: Callable[[Job, Data], Program] = field(repr=False)
    recurrent: Equations | None = Equations()
    feed_forward: Equations | None = Equations()
    ours: bool = False
    bound: bool = False
    packages: tuple[str, ...] = ()

    def equations(self, job: Job) -> Equations | None:
        """Give the equations that it has for a job, None if it cannot do it."""
        return {Recurrent: self.recurrent, FeedForward: self.feed_forward}[type(job)]
