"""What a run is given per trial, as tensors in SI units."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch
from brian2.units.fundamentalunits import Quantity

from ..errors import MirrorError
from ..types import AXES
from .lookup import name_of
from .state import State
from .steps.base import Step

__all__ = ["Feed", "Given", "Series", "as_values", "stored_values", "text_of"]


class Series:
    """Values ``[time, batch, neuron]``, dense or sparse, that a run reads step by step.

    Parameters
    ----------
    values : torch.Tensor
        Dense, or sparse in COO format.
    timestep : str
        The array that holds the step number of the clock.
    first : int
        The step number of the first values.
    """

    def __init__(self, values: torch.Tensor, timestep: str, first: int):
        self.timestep, self.first = timestep, first
        self.values, self.shape = values, values.shape[1:]
        if values.is_sparse:
            events = values.coalesce()
            self.time, *self.place = events.indices()
            self.values = events.values()
            steps = torch.arange(len(values) + 1, device=values.device)
            self.bounds = torch.searchsorted(self.time, steps).tolist()
        self.is_sparse = values.is_sparse

    def at(self, state: State) -> torch.Tensor:
        """Return the values of the present step, ``[batch, neuron]``."""
        step = int(state.clocks[self.timestep]) - self.first
        if not self.is_sparse:
            return self.values[step].to(state.dtype)
        chosen = slice(*self.bounds[step : step + 2])
        empty = torch.zeros(self.shape, dtype=state.dtype, device=state.device)
        place = tuple(index[chosen] for index in self.place)
        return empty.index_put(place, self.values[chosen].to(state.dtype))

    def dense(self) -> torch.Tensor:
        """Return the values of all steps, ``[time, batch, neuron]``."""
        if not self.is_sparse:
            return self.values
        place = torch.stack([self.time, *self.place])
        shape = (len(self.bounds) - 1, *self.shape)
        return torch.sparse_coo_tensor(place, self.values, shape).to_dense()


@dataclass
class Given:
    """What a run is given.

    Attributes
    ----------
    spikes, parameters : dict of str to Series
        By event array, and by array.
    clocks : dict of str to str
        The clock of each parameter's group, by array.
    tables : dict of str to torch.Tensor
        By timed array, ``[row, batch, column]``.
    initial : dict of str to torch.Tensor
        By array, ``[element]`` or ``[batch, element]``.
    batch : int, optional
        The number of trials, if anything tells it.
    """

    spikes: dict[str, Series] = field(default_factory=dict)
    parameters: dict[str, Series] = field(default_factory=dict)
    clocks: dict[str, str] = field(default_factory=dict)
    tables: dict[str, torch.Tensor] = field(default_factory=dict)
    initial: dict[str, torch.Tensor] = field(default_factory=dict)
    batch: int | None = None
    batch_role: str = ""

    @property
    def tensors(self) -> frozenset[str]:
        """All arrays and timed arrays that are given."""
        return frozenset((*self.parameters, *self.tables, *self.initial))

    @property
    def feeds(self) -> frozenset[tuple[str, str]]:
        """The arrays that are set at each step, with their clocks."""
        return frozenset(self.clocks.items())

    def meet(self, batch: int, role: str) -> None:
        """Take note of a number of trials, which must be the same everywhere."""
        if self.batch is not None and batch != self.batch:
            raise MirrorError(
                f"{role} has {batch} trials and {self.batch_role} has {self.batch}. Give all the "
                f"same number; the axes are [{', '.join(AXES)}]."
            )
        self.batch, self.batch_role = batch, role


class Feed(Step):
    """Set a parameter at the start of every step of its group's clock."""

    def __init__(self, array: str, clock: str):
        self.array, self.clock, self.name = array, clock, f"input {array}"

    @property
    def source(self):
        return f"# input {self.array}\n"

    def run(self, state):
        state.arrays[self.array] = state.inputs[self.array].at(state)


def as_values(values, role: str, dtype: torch.dtype, device, unit=None) -> torch.Tensor:
    """Return what a user gave as a tensor of finite values in SI units.

    Parameters
    ----------
    values : torch.Tensor, numpy.ndarray, Quantity or number
        Without units it counts as SI.
    role : str
        What it is, for the error.
    dtype : torch.dtype or None
        None keeps a tensor's type.
    device : torch.device
    unit : Dimension, optional
        What units a `Quantity` must have.

    Raises
    ------
    MirrorError
        If it is no array of numbers, has other units, or is not finite.
    """
    if isinstance(values, Quantity) and unit is not None:
        if values.dim is not unit:
            raise MirrorError(f"{role} is in {values.dim}, and must be in {unit}.")
        values = np.asarray(values)
    try:
        tensor = torch.as_tensor(values, dtype=dtype, device=device)
    except (TypeError, ValueError, RuntimeError) as error:
        raise MirrorError(f"{role} is no tensor of numbers: {error}") from None
    _check_finite(tensor, role)
    return tensor


def stored_values(tensor: torch.Tensor) -> torch.Tensor:
    """Return the values of a dense tensor, or those that a sparse one stores."""
    return tensor.coalesce().values() if tensor.is_sparse else tensor


def _check_finite(tensor: torch.Tensor, role: str) -> None:
    stored = stored_values(tensor)
    if stored.dtype.is_floating_point and not bool(torch.isfinite(stored).all()):
        where = torch.argwhere(~torch.isfinite(stored.detach()))[0].tolist()
        raise MirrorError(
            f"{role} has values that are not finite, the first at index {where}. Replace NaN and "
            "infinity before the run."
        )


def text_of(key) -> str:
    """Return a key of ``inputs`` or ``initial`` as text."""
    parts = key if isinstance(key, tuple) else (key,)
    return ", ".join(repr(name_of(part)) for part in parts)


def graded_names(given: Given, state: State) -> frozenset[str]:
    """Return the names of all that a run is given, or starts from, with a gradient."""
    series = {**given.spikes, **given.parameters}
    found = {name for name, one in series.items() if one.values.requires_grad}
    tensors = {**state.arrays, **state.tables}
    found |= {name for name, tensor in tensors.items() if tensor.requires_grad}
    events = state.events.items()
    found |= {n for n, e in events if e.values is not None and e.values.requires_grad}
    return frozenset(found)
