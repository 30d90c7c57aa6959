"""Families of functions, of which a network learns one within an episode [1]_.

References
----------
.. [1] Bellec, Salaj, Subramoney, Legenstein, Maass 2018, NeurIPS, arXiv 1803.09574
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import torch

from brian2_l2l.training import check_count, check_positive

__all__ = ["FunctionFamily", "RandomNetworks", "Sinusoids"]


class FunctionFamily(Protocol):
    """Functions of some numbers from -1 to 1, to numbers of a size of about 1.

    Attributes
    ----------
    arguments : int
        How many numbers a function takes.
    """

    arguments: int

    def draw(self, x: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        """Draw one function for each trial, and return its values.

        Parameters
        ----------
        x : tensor, shape (example, trial, argument)
        generator : torch.Generator

        Returns
        -------
        y : tensor, shape (example, trial)
        """
        ...


@dataclass(frozen=True)
class RandomNetworks:
    """Small networks with one layer of sigmoid units and random weights: 2-10-1 by default.

    The weights of the output are drawn from -1 to 1. Its bias takes away half of their sum, as
    units are 1/2 on average, and is up to 1/2 besides: of a bias from -1 to 1 by itself, most of
    the variance over functions would be of constants. The output is divided by a constant, so that
    this variance is about 1. The paper's networks have weights from -1 to 1 everywhere, as far as
    we know; these are almost linear (a straight line fits them to 0.02 % of the variance), so that
    the default here is larger.

    Attributes
    ----------
    arguments, hidden : int
        The number of inputs and of sigmoid units.
    weight, bias : float
        The largest weight and bias of the sigmoid units; they are drawn from both signs.
    """

    arguments: int = 2
    hidden: int = 10
    weight: float = 10.0
    bias: float = 5.0

    def __post_init__(self) -> None:
        check_count("arguments", self.arguments)
        check_count("hidden", self.hidden)
        check_positive("weight", self.weight)
        check_positive("bias", self.bias)

    def draw(self, x: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        """Draw one network for each trial, and return its values; see `FunctionFamily.draw`."""
        trials = x.shape[1]
        inner = self.weight * _uniform((trials, self.arguments, self.hidden), generator)
        bias = self.bias * _uniform((trials, self.hidden), generator)
        outer, offset = _uniform((trials, self.hidden), generator), _uniform((trials,), generator)
        units = torch.sigmoid(torch.einsum("ktn,tnh->kth", x.double(), inner) + bias) - 0.5
        y = torch.einsum("kth,th->kt", units, outer) + 0.5 * offset
        # The squares of steep units are 1/4 in most places; with the default, 0.18 on average.
        return y / math.sqrt((0.18 * self.hidden + 0.25) / 3)


@dataclass(frozen=True)
class Sinusoids:
    """``amplitude*sin(pi*cycles*x + phase)`` with random amplitudes and phases.

    Attributes
    ----------
    cycles : float
        From -1 to 1.
    smallest, largest : float
        Amplitudes are drawn evenly from this range.
    """

    cycles: float = 5 / math.pi
    smallest: float = 0.1
    largest: float = 2.0

    arguments = 1

    def __post_init__(self) -> None:
        for name in ("cycles", "smallest", "largest"):
            check_positive(name, getattr(self, name))

    def draw(self, x: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        """Draw one sinusoid for each trial, and return its values; see `FunctionFamily.draw`."""
        trials = x.shape[1]
        middle, half = (self.largest + self.smallest) / 2, (self.largest - self.smallest) / 2
        amplitude = middle + half * _uniform((trials,), generator)
        phase = math.pi * _uniform((trials,), generator)
        return amplitude * torch.sin(math.pi * self.cycles * x[..., 0].double() + phase)


def _uniform(shape: tuple[int, ...], generator: torch.Generator) -> torch.Tensor:
    """Draw numbers from -1 to 1."""
    numbers = torch.rand(shape, generator=generator, dtype=torch.float64, device="cpu")
    return 2 * numbers - 1
