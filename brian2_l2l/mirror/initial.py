"""Read the argument ``initial`` of a run."""

from __future__ import annotations

import torch
from brian2.groups.subgroup import Subgroup

from ..errors import MirrorError
from .given import Given, as_values, text_of
from .lookup import Lookup

__all__ = ["check_settable", "read_initial"]


def read_initial(initial, lookup: Lookup, given: Given, target) -> None:
    """Add to `given` what the argument ``initial`` gives.

    Raises
    ------
    MirrorError
        If a key names no stored variable, or values do not fit.
    """
    for key, values in dict(initial or {}).items():
        role = f"The start value {text_of(key)}"
        if not isinstance(key, tuple) or len(key) != 2:
            raise MirrorError(f"{role}: write (group, 'variable') as the key.")
        group = lookup.group(key[0], role)
        place = lookup.place(group, key[1], role)
        if place is None or isinstance(group, Subgroup):
            raise MirrorError(
                f"{role}: {key[1]!r} is not stored in '{group.name}' or not used in the network; "
                "only variables of whole groups can be given a start value."
            )
        check_settable(place.array, role, lookup)
        array = lookup.spec.arrays[place.array]
        dtype = target.dtype if array.kind == "float" and not array.time else None
        tensor = as_values(values, role, dtype, target.device, group.variables[key[1]].dim)
        if tensor.ndim == 0:
            tensor = tensor.expand(array.size)
        shared = place.array in target.shared
        if tensor.ndim > 2 - shared or tensor.shape[-1] != array.size:
            needed = f"[{array.size}]" if shared else f"[batch, {array.size}] or [{array.size}]"
            raise MirrorError(
                f"{role} has shape {list(tensor.shape)}; '{group.name}' needs {needed}."
            )
        if tensor.ndim == 2:
            given.meet(tensor.shape[0], role)
        stored = torch.from_numpy(array.values[:0].copy()).dtype
        given.initial[place.array] = tensor if dtype else tensor.to(stored)


def check_settable(array: str, role: str, lookup: Lookup) -> None:
    """Raise `MirrorError` if an array is not a value that the mirror can set."""
    if any(array in clock.arrays for clock in lookup.spec.clocks.values()):
        raise MirrorError(f"{role}: the time of a clock cannot be set.")
    if array in lookup.structure:
        raise MirrorError(
            f"{role}: it decides how the network is built. Set it in Brian2 and make a new mirror."
        )
