"""What a torch device can compute with."""

from __future__ import annotations

import torch

from ..errors import MirrorError
from ..spec.network_spec import NetworkSpec

__all__ = ["check_device", "supports"]


def supports(device: torch.device, dtype: torch.dtype) -> bool:
    """Return whether a device has tensors of a type."""
    try:
        torch.zeros(1, dtype=dtype, device=device)
    except (TypeError, RuntimeError, AssertionError):
        return False
    return True


def check_device(device: torch.device, dtype: torch.dtype, spec: NetworkSpec) -> None:
    """Check that a device can run a network.

    Raises
    ------
    MirrorError
        If the device is not there, or has no tensors of a type that the network needs. Times of
        the simulation need float64, and integers of 64 bits int64, whatever `dtype` is: a time
        step cannot be told from a rounded time.
    """
    if not supports(device, torch.int32):
        raise MirrorError(
            f"device='{device}' cannot be used on this machine. Write device='cpu', or install a "
            "torch that knows this device."
        )
    for name, wanted in _needed(dtype, spec):
        if not supports(device, wanted):
            users = [b for b in spec.blocks if any(r.array == name for r in b.arrays.values())]
            where = users[0].origin if users else ""
            raise MirrorError(
                f"'{name}' needs {wanted}, which device='{device}' does not have; "
                f"{', '.join(block.name for block in users) or 'the network'} computes with it. "
                f"Write device='cpu' or 'cuda'.\nCreated here:\n{where}"
            )


def _needed(dtype: torch.dtype, spec: NetworkSpec):
    for name, array in spec.arrays.items():
        if any(name in clock.arrays for clock in spec.clocks.values()):
            continue
        if array.kind == "float":
            yield name, torch.float64 if array.time else dtype
        elif array.values.dtype.itemsize == 8:
            yield name, torch.int64
