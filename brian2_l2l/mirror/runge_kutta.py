"""Explicit Runge-Kutta methods with an estimate of the error, each lane with steps of its own.

The methods and the control of the step size are those of the GNU Scientific Library 2 ("Ordinary
Differential Equations" in its manual): Fehlberg 1969 (rkf45), Cash and Karp 1990 (rkck), an
embedded (2, 3) pair (rk2), and the classical method with step doubling (rk4).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import torch

__all__ = ["PAIRS", "Integrator", "Pair"]

Values = Sequence[torch.Tensor]


@dataclass(frozen=True)
class Pair:
    """A method and its error estimate.

    Attributes
    ----------
    order : int
        What the control of the step size takes for the order.
    stages : tuple of tuple of float
        For each stage after the first, the weights of the derivatives before it.
    solution, error : tuple of float
        The weights of all derivatives.
    """

    order: int
    stages: tuple[tuple[float, ...], ...]
    solution: tuple[float, ...]
    error: tuple[float, ...]


def _pair(order: int, stages: str, solution: str, other: str) -> Pair:
    rows = tuple(_numbers(row) for row in stages.split(";"))
    better, worse = _numbers(solution), _numbers(other)
    return Pair(order, rows, better, tuple(a - b for a, b in zip(better, worse, strict=True)))


def _numbers(text: str) -> tuple[float, ...]:
    return tuple(float(Fraction(number)) for number in text.split())


def _doubled_classical() -> Pair:
    # One step of the classical method, and two of half the size, on the same first derivative.
    full = [(1 / 2,), (0, 1 / 2), (0, 0, 1)]
    half = [(1 / 4, 0, 0, 0), (0, 0, 0, 0, 1 / 4), (0, 0, 0, 0, 0, 1 / 2)]
    middle = [1 / 12, 0, 0, 0, 1 / 6, 1 / 6, 1 / 12]
    second = [
        (*middle,),
        (*middle, 1 / 4),
        (*middle, 0, 1 / 4),
        (*middle, 0, 0, 1 / 2),
    ]
    solution = (*middle, 1 / 12, 1 / 6, 1 / 6, 1 / 12)
    whole = (1 / 6, 1 / 3, 1 / 3, 1 / 6, 0, 0, 0, 0, 0, 0, 0)
    error = tuple(4 / 15 * (a - b) for a, b in zip(solution, whole, strict=True))
    return Pair(4, (*full, *half, *second), solution, error)


PAIRS = {
    "rk2": _pair(2, "1/2; -1 2", "1/6 2/3 1/6", "0 1 0"),
    "rk4": _doubled_classical(),
    "rkf45": _pair(
        5,
        "1/4; 3/32 9/32; 1932/2197 -7200/2197 7296/2197; 439/216 -8 3680/513 -845/4104;"
        "-8/27 2 -3544/2565 1859/4104 -11/40",
        "16/135 0 6656/12825 28561/56430 -9/50 2/55",
        "25/216 0 1408/2565 2197/4104 -1/5 0",
    ),
    "rkck": _pair(
        5,
        "1/5; 3/40 9/40; 3/10 -9/10 6/5; -11/54 5/2 -70/27 35/27;"
        "1631/55296 175/512 575/13824 44275/110592 253/4096",
        "37/378 0 250/621 125/594 0 512/1771",
        "2825/27648 0 18575/48384 13525/55296 277/14336 1/4",
    ),
}


@dataclass(frozen=True)
class Integrator:
    """A method and how exact it shall be.

    Attributes
    ----------
    pair : Pair
    errors : tuple of float
        The largest absolute error of each variable in one step.
    adaptable : bool
        Whether the step size follows the errors; if not, there is one step.
    max_steps : int
        The largest number of steps.
    """

    pair: Pair
    errors: tuple[float, ...]
    adaptable: bool = True
    max_steps: int = 100

    def advance(
        self,
        derivatives: Callable[[Values], Values],
        values: Values,
        duration: float,
        step: torch.Tensor,
    ) -> tuple[list[torch.Tensor], torch.Tensor]:
        """Integrate over one time step of a clock.

        Parameters
        ----------
        derivatives : callable
            From values to derivatives, element by element; they do not depend on the time.
        values : sequence of torch.Tensor
            ``[batch, element]`` for each variable.
        duration : float
        step : torch.Tensor
            ``[batch, element]``, the step size to begin with.

        Returns
        -------
        values : list of torch.Tensor
        step : torch.Tensor
            The step size to go on with.

        Raises
        ------
        RuntimeError
            If the errors are too large, or `max_steps` steps are not enough.
        """
        values, left = list(values), torch.full_like(step, duration)
        size = step if self.adaptable else left
        for _ in range(self.max_steps):
            now = torch.minimum(size, left)
            after, ratio = self._try(derivatives, values, now)
            accepted, going_on = ratio <= 1.1, left > 0
            if not self.adaptable and not bool(accepted.all()):
                raise RuntimeError(FIXED)
            values = _chosen(accepted & going_on, after, values)
            # A last step that was cut short says nothing against the size before.
            cut = accepted & (now < size)
            size = torch.where(going_on & ~cut, now * _growth(ratio, self.pair.order), size)
            left = torch.where(accepted, left - now, left)
            left = torch.where(left > 1e-12 * duration, left, 0.0)
            if not bool((left > 0).any()):
                return values, torch.clamp(size, max=duration)
        raise RuntimeError(TOO_MANY.format(self.max_steps))

    def _try(self, derivatives, values: Values, size: torch.Tensor):
        """Return the values after one step, and the largest ratio of error and allowed error."""
        slopes = [derivatives(values)]
        for weights in self.pair.stages:
            slopes.append(derivatives(_moved(values, size, weights, slopes)))
        after = _moved(values, size, self.pair.solution, slopes)
        with torch.no_grad():
            zeros = [torch.zeros_like(value) for value in values]
            error = _moved(zeros, size, self.pair.error, slopes)
            ratios = [e.abs() / limit for e, limit in zip(error, self.errors, strict=True)]
            ratio = torch.stack(ratios).amax(0).to(size.dtype)
        return after, torch.nan_to_num(ratio, nan=torch.inf)


FIXED = (
    "The error of a fixed time step is larger than absolute_error. Take a smaller dt, a larger "
    "absolute_error, or adaptable_timestep=True."
)
TOO_MANY = (
    "{} steps are not enough for one time step of the clock. Raise max_steps or absolute_error in "
    "method_options, or take a smaller dt."
)


def _chosen(where: torch.Tensor, new: Values, old: Values) -> list[torch.Tensor]:
    return [torch.where(where, *pair) for pair in zip(new, old, strict=True)]


def _moved(values: Values, size: torch.Tensor, weights, slopes) -> list[torch.Tensor]:
    moved = []
    for k, value in enumerate(values):
        parts = (w * slope[k] for w, slope in zip(weights, slopes, strict=False) if w)
        moved.append(value + (size * sum(parts)).to(value.dtype))
    return moved


def _growth(ratio: torch.Tensor, order: int) -> torch.Tensor:
    smaller = torch.clamp(0.9 * ratio ** (-1 / order), 0.2, 1.0)
    larger = torch.clamp(0.9 * ratio.clamp(min=1e-30) ** (-1 / (order + 1)), 1.0, 5.0)
    return torch.where(ratio > 1.1, smaller, torch.where(ratio < 0.5, larger, 1.0))
