"""Read the argument ``inputs`` of a run: spikes, timed arrays, parameters that change over time."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from brian2.groups.group import Group
from brian2.groups.subgroup import Subgroup
from brian2.input.poissongroup import PoissonGroup
from brian2.input.spikegeneratorgroup import SpikeGeneratorGroup
from brian2.input.timedarray import TimedArray

from ..errors import MirrorError, did_you_mean
from ..types import AXES
from .given import Given, Series, as_values, stored_values, text_of
from .lookup import Lookup, name_of
from .loop import Interval
from .target import Target

__all__ = ["InputReader"]

SOURCES = (SpikeGeneratorGroup, PoissonGroup)


class InputReader:
    """Reads inputs for one run.

    Parameters
    ----------
    lookup : Lookup
    intervals : mapping of str to Interval
        The steps of the run, by clock.
    target : Target
    """

    def __init__(self, lookup: Lookup, intervals: Mapping[str, Interval], target: Target):
        self.lookup, self.intervals, self.target = lookup, intervals, target
        self.given = Given()

    def read(self, inputs) -> Given:
        """Return what ``inputs`` gives.

        Raises
        ------
        MirrorError
            If a key names nothing that takes an input, or values do not fit.
        """
        for key, values in dict(inputs or {}).items():
            role = f"The input {text_of(key)}"
            if isinstance(key, tuple):
                self._read_parameter(key, values, role)
            elif isinstance(key, TimedArray) or name_of(key) in self.lookup.timed_arrays:
                self._read_table(key, values, role)
            else:
                self._read_spikes(key, values, role)
        return self.given

    def _read_spikes(self, key, values, role: str) -> None:
        sources = [n for n, g in self.lookup.groups.items() if isinstance(g, SOURCES)]
        if isinstance(key, Subgroup) or name_of(key) not in sources:
            known = [*sources, *self.lookup.timed_arrays]
            raise MirrorError(
                f"{role} is neither a SpikeGeneratorGroup or PoissonGroup nor a TimedArray of the "
                f"mirrored network.{did_you_mean(str(name_of(key)), known)} Inputs can be given "
                f"to: {', '.join(known) or 'none'}; and to parameters, as (group, 'parameter')."
            )
        group = self.lookup.group(key, role)
        tensor = as_values(values, role, None, self.target.device)
        series = self._series(tensor, role, group, len(group))
        if not self.target.smooth:
            _check_zero_or_one(tensor, role)
        self.given.spikes[self.lookup.events(group, "spike").array] = series

    def _read_parameter(self, key: tuple, values, role: str) -> None:
        if len(key) != 2:
            raise MirrorError(f"{role}: write (group, 'parameter') as the key.")
        group = self.lookup.group(key[0], role)
        place = self.lookup.place(group, key[1], role)
        fixed = self.lookup.structure | self.lookup.spec.written
        if place is None or isinstance(group, Subgroup) or place.array in fixed:
            raise MirrorError(
                f"{role}: {key[1]!r} is not a parameter that an input can set at each step. A part "
                "of a group, a subexpression and what the network itself changes cannot be set; "
                f"write '{key[1]} : unit' in the equations of '{group.name}'."
            )
        tensor = as_values(values, role, None, self.target.device, group.variables[key[1]].dim)
        self.given.parameters[place.array] = self._series(tensor, role, group, place.stop)
        self.given.clocks[place.array] = group.clock.name

    def _series(self, tensor: torch.Tensor, role: str, group: Group, size: int) -> Series:
        clock, interval = (
            self.lookup.spec.clocks[group.clock.name],
            self.intervals[group.clock.name],
        )
        steps = interval.end - interval.step
        if tensor.ndim != 3 or tensor.shape[0] != steps or tensor.shape[2] != size:
            raise MirrorError(
                f"{role} has shape {list(tensor.shape)}; '{group.name}' needs [{', '.join(AXES)}] "
                f"= [{steps}, batch, {size}]: the run has {steps} steps of its clock."
            )
        self.given.meet(tensor.shape[1], role)
        return Series(tensor, clock.array("timestep"), interval.step)

    def _read_table(self, key, values, role: str) -> None:
        known = self.lookup.timed_arrays
        if name_of(key) not in known:
            raise MirrorError(
                f"{role}: the mirrored network does not use this TimedArray. It uses: "
                f"{', '.join(known) or 'none'}."
            )
        table = known[name_of(key)].table
        columns = table.shape[1] if table.ndim == 2 else 1
        unit = key.dim if isinstance(key, TimedArray) else None
        tensor = as_values(values, role, self.target.dtype, self.target.device, unit)
        if tensor.ndim != 3 or tensor.shape[2] != columns or not len(tensor):
            raise MirrorError(
                f"{role} has shape {list(tensor.shape)}; the TimedArray needs [row, batch, "
                f"{columns}], one row for each of its own time steps."
            )
        self.given.meet(tensor.shape[1], role)
        self.given.tables[name_of(key)] = tensor


def _check_zero_or_one(tensor: torch.Tensor, role: str) -> None:
    if tensor.dtype == torch.bool:
        return
    stored = stored_values(tensor.detach())
    if not bool(((stored == 0) | (stored == 1)).all()):
        raise MirrorError(
            f"{role} has values other than 0 and 1. Spikes are 0 or 1 in each time step; firing "
            "rates are given to a PoissonGroup as (group, 'rates')."
        )
