"""The trained values of a mirror, as parameters of torch."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from brian2.groups.subgroup import Subgroup
from brian2.units.fundamentalunits import Dimension, Quantity, get_dimensions

from ..errors import MirrorError
from ..spec.refusals import origin_of
from .initial import check_settable
from .lookup import Lookup
from .target import Target
from .trainables import Above, Below, Between, Free, SameSign, Trainable, Transform

__all__ = ["Value", "Values", "read_trainables"]


@dataclass(frozen=True, eq=False)
class Value:
    """One trained variable.

    Attributes
    ----------
    owner, variable, array : str
        The names of the object, of its variable, and of the array in the spec.
    unit : float
        The unit of the raw values, in SI units.
    dimensions : Dimension
    transform : Transform
    start, raw_start : torch.Tensor
        The recorded values in SI units, and the raw values that belong to them.
    """

    owner: str
    variable: str
    array: str
    unit: float
    dimensions: Dimension
    transform: Transform
    start: torch.Tensor
    raw_start: torch.Tensor

    def __str__(self):
        constraint = "" if isinstance(self.transform, Free) else f", {self.transform}"
        unit = ""
        if not self.dimensions.is_dimensionless:
            unit = f" in {Quantity(self.unit, dim=self.dimensions).get_best_unit()}"
        return f"{self.owner}.{self.variable}: {self.start.numel()} values{unit}{constraint}"

    def si(self, raw: torch.Tensor) -> torch.Tensor:
        """Return the values in SI units; unchanged ones are the recorded ones to the bit."""
        if self.unit == 1 and isinstance(self.transform, Free):
            return raw
        value = self.constrained(raw)
        unchanged = raw.detach() == self.raw_start
        return value + torch.where(unchanged, self.start - value.detach(), 0.0)

    def constrained(self, raw: torch.Tensor) -> torch.Tensor:
        """Return the values in SI units that raw ones stand for."""
        return self.transform.value(raw) * self.unit


class Values(torch.nn.Module):
    """The raw values by object and variable; the names in a ``state_dict`` are ``S.w``."""

    def __init__(self, values: list[Value]):
        super().__init__()
        self.by_key = {(value.owner, value.variable): value for value in values}
        for value in values:
            if value.owner not in self._modules:
                self.add_module(value.owner, torch.nn.Module())
            raw = torch.nn.Parameter(value.raw_start.clone())
            self._modules[value.owner].register_parameter(value.variable, raw)

    def raw(self, value: Value) -> torch.nn.Parameter:
        """Return the parameter of a value."""
        return self._modules[value.owner]._parameters[value.variable]

    def restart(self, value: Value, raw: torch.Tensor) -> None:
        """Give a parameter other values to start from, of any number."""
        parameter = self.raw(value)
        raw = raw.to(parameter)
        start = value.constrained(raw)
        self.by_key[value.owner, value.variable] = replace(value, start=start, raw_start=raw)
        if raw.shape == parameter.shape:
            parameter.data.copy_(raw)
        else:
            # Optimisers know the parameter, so that it stays the same object. Graphs of earlier
            # runs keep its old shape in mind; torch lets go of them where the type changes.
            parameter.grad = None
            other = torch.float64 if raw.dtype == torch.float32 else torch.float32
            parameter.data = raw.to(other)
            parameter.data = raw.clone()

    def arrays(self) -> dict[str, torch.Tensor]:
        """Return all trained values in SI units, by array, differentiable in the parameters."""
        return {value.array: value.si(self.raw(value)) for value in self.by_key.values()}

    def of(self, owner: str) -> dict[str, Value]:
        """Return the trained values of an object, by variable."""
        return {variable: value for (o, variable), value in self.by_key.items() if o == owner}

    def __len__(self):
        return len(self.by_key)


def read_trainables(trainable, lookup: Lookup, target: Target) -> list[Value]:
    """Return what the argument ``trainable`` names.

    Raises
    ------
    MirrorError
        If something cannot be trained: it does not exist, the network overwrites or does not use
        it, or its values are outside its bounds.
    """
    values: dict[str, Value] = {}
    for entry in trainable:
        value = _read(_as_trainable(entry), lookup, target)
        if value.array in values:
            raise MirrorError(f"trainable names {entry!s} twice.")
        values[value.array] = value
    return list(values.values())


def _as_trainable(entry) -> Trainable:
    if isinstance(entry, Trainable):
        return entry
    if not isinstance(entry, tuple) or len(entry) != 2:
        raise MirrorError(
            f"trainable holds {entry!r}: write (object, 'variable'), or Trainable(object, "
            "'variable', ...) for bounds and start values."
        )
    return Trainable(*entry)


def _read(trainable: Trainable, lookup: Lookup, target: Target) -> Value:
    role = f"The trainable {trainable}"
    group = lookup.group(trainable.owner, role)
    place = lookup.place(group, trainable.variable, role)
    if isinstance(group, Subgroup):
        raise MirrorError(f"{role} is of a part of a group; train the variable of the whole group.")
    if place is None:
        raise MirrorError(
            f"{role} is computed from other variables, or not used by the network. Train the "
            f"variables that it is made of, declared in the equations of '{group.name}'.\n"
            f"Created here:\n{origin_of(group)}"
        )
    check_settable(place.array, role, lookup)
    _check_written(trainable, place.array, role, lookup)
    array = lookup.spec.arrays[place.array]
    if array.kind != "float" or array.time:
        kind = "a time of the simulation" if array.time else f"of the type {array.values.dtype}"
        raise MirrorError(f"{role} is {kind}; only real values can be trained.")
    variable = group.variables[trainable.variable]
    unit = _unit(trainable, array.values, variable.dim, role)
    start = torch.tensor(array.values, dtype=target.dtype, device=target.device)
    transform = _transform(trainable, start, variable.dim, unit, role)
    allowed = transform.allowed(start / unit)
    if not bool(allowed.all()):
        count = int((~allowed).sum())
        raise MirrorError(
            f"{role} has {count} values that its constraint does not allow, the first at index "
            f"{int((~allowed).nonzero()[0])}. Values must be finite, strictly inside their bounds, "
            "and not 0 where they keep their sign."
        )
    name, dimensions, raw = trainable.variable, variable.dim, transform.raw(start / unit)
    return Value(group.name, name, place.array, unit, dimensions, transform, start, raw)


def _check_written(trainable: Trainable, array: str, role: str, lookup: Lookup) -> None:
    writers = lookup.spec.writers(array)
    if writers and not trainable.initial:
        origin = next((block.origin for block in writers if block.origin), "")
        raise MirrorError(
            f"{role} is overwritten by the network: {', '.join(b.name for b in writers)} change it "
            "in a run. To train its start value, write Trainable(..., initial=True); to train it "
            f"as a parameter, let nothing change it.\nCreated here:\n{origin}"
        )
    if trainable.initial and not writers:
        raise MirrorError(
            f"{role} has initial=True, but nothing in the network changes it; leave initial out."
        )


def _unit(trainable, values, dimensions, role: str) -> float:
    if trainable.unit is not None:
        if get_dimensions(trainable.unit) is not dimensions:
            raise MirrorError(f"{role} is in {dimensions!r}, but its unit is {trainable.unit!r}.")
        return float(trainable.unit)
    finite = values[np.isfinite(values) & (values != 0)]
    if dimensions.is_dimensionless or not finite.size:
        return 1.0
    return float(Quantity(finite, dim=dimensions).get_best_unit())


def _transform(trainable, start, dimensions, unit, role: str) -> Transform:
    if trainable.sign:
        scale = float((start / unit).abs().mean())
        return SameSign(torch.sign(start), scale or 1.0)
    if trainable.bounds is None:
        return Free()
    if len(trainable.bounds) != 2:
        raise MirrorError(f"{role}: bounds are (low, high); None for no bound.")
    low, high = (_bound(b, dimensions, unit, role) for b in trainable.bounds)
    if low is None and high is None:
        return Free()
    if low is None:
        return Below(high)
    if high is None:
        return Above(low)
    if not low < high:
        raise MirrorError(f"{role}: the lower bound is not below the upper one.")
    return Between(low, high)


def _bound(bound, dimensions, unit: float, role: str) -> float | None:
    if bound is None:
        return None
    zero = isinstance(bound, int | float) and bound == 0
    if not zero and get_dimensions(bound) is not dimensions:
        raise MirrorError(f"{role} is in {dimensions!r}, but has the bound {bound!r}.")
    return float(bound) / unit
