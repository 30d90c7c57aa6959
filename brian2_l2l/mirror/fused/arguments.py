"""Tensors and numbers -> the arguments of a function of a compiled program."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping

import numpy as np
import torch

from .context import Context

__all__ = ["DTYPES", "arguments_of", "moved"]

#: The types of torch that do not depend on the type of real numbers.
DTYPES = {
    "bool": torch.bool,
    "int32": torch.int32,
    "int64": torch.int64,
    "double": torch.float64,
}


def arguments_of(
    context: Context,
    tensors: Mapping[str, torch.Tensor | None],
    numbers: Mapping[str, int],
) -> tuple[ctypes.Array, ctypes.Array]:
    """Return the addresses and the numbers in the order in which the program reads them."""
    arguments = context.arguments
    addresses = [
        None if (tensor := tensors.get(name)) is None else tensor.data_ptr()
        for name in arguments.pointers
    ]
    values = [numbers[name] for name in arguments.numbers]
    pointers = (ctypes.c_void_p * len(addresses))(*addresses)
    return pointers, (ctypes.c_int64 * len(values))(*values)


def moved(values: np.ndarray | torch.Tensor, device: torch.device) -> torch.Tensor:
    """Return an array or a tensor where the program runs."""
    return torch.as_tensor(values, device=device)
