"""What a peer is: a row of the table, and the program that makes its training steps."""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Protocol

import numpy as np

from .jobs import Data, FeedForward, Job, Recurrent

#: How a peer's equations relate to those of `validation.speed.networks`.
SAME = "same"  # the same: loss and gradients must be ours
OTHER = "other"  # others, but nothing is left out
LESS = "less"  # without adaptation or refractoriness: listed, not counted


class Program(Protocol):
    """The training of one job."""

    def gradients(self) -> float:
        """Run forward and backward, and give the loss."""

    def step(self) -> None:
        """Do one training step: forward, backward, Adam on all weights."""

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
    key : str
        The name on the command line; some peers share one.
    name : str
    module : str
        The module of `validation.speed.peers` whose ``build(job, data, **options)`` makes the
        `Program`.
    recurrent, feed_forward : `Equations` or None
        Of J1 and J2, and of J3; None if it cannot do it.
    packages : tuple of str
        What must be installed besides torch, as it is imported.
    options : dict
    devices : tuple of str
        Where it can run.
    """

    key: str
    name: str
    module: str
    recurrent: Equations | None = Equations()
    feed_forward: Equations | None = Equations()
    packages: tuple[str, ...] = ()
    options: Mapping = field(default_factory=dict)
    devices: tuple[str, ...] = ("cpu", "cuda")

    @property
    def ours(self) -> bool:
        """Whether it is this project."""
        return self.module == "mirrored"

    @property
    def bound(self) -> bool:
        """Whether it is the hand-written program."""
        return self.module == "bound"

    def equations(self, job: Job) -> Equations | None:
        """Give the equations that it has for a job, None if it cannot do it."""
        return {Recurrent: self.recurrent, FeedForward: self.feed_forward}[type(job)]

    def missing(self) -> list[str]:
        """List the packages that are not installed."""
        return [package for package in self.packages if find_spec(package) is None]

    def build(self, job: Job, data: Data) -> Program:
        """Make the program of a job."""
        module = importlib.import_module(f"validation.speed.peers.{self.module}")
        return module.build(job, data, **self.options)
