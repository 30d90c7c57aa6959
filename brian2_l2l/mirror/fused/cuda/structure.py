"""The connectivity of a network as the threads of a team share it out."""

from __future__ import annotations

import numpy as np
import torch

from ..context import Context
from ..operations import Loop, Product
from ..structure import structure_of
from .lanes import order_of
from .threads import WARP

__all__ = ["team_structure_of"]


def team_structure_of(context: Context, threads: int) -> dict[str, torch.Tensor]:
    """Return the connectivity as arguments of a program for CUDA.

    Parameters
    ----------
    context : Context
    threads : int
        Of a team.
    """
    found = structure_of(context)
    for operation in context.operations:
        name = operation.name
        if isinstance(operation, Loop):
            for key, table in operation.tables.items():
                first, order = order_of(table)
                found[f"first {name} {key}"] = torch.from_numpy(first)
                found[f"order {name} {key}"] = torch.from_numpy(order)
        elif isinstance(operation, Product):
            matrix = operation.matrix
            if not matrix.dense:
                bounds = _bounds(operation, threads // WARP)
                found[f"bounds {name}"] = torch.from_numpy(bounds)
            if not matrix.unique:
                first, order = order_of(matrix.place, matrix.size)
                found[f"first {name}"] = torch.from_numpy(first)
                found[f"order {name}"] = torch.from_numpy(order)
    return {key: found[key] for key in found if key in context.arguments.pointers}


def _bounds(product: Product, warps: int) -> np.ndarray:
    """Return where the targets of each warp begin in each compressed row."""
    matrix = product.matrix
    rows = np.arange(len(matrix.delays) * product.sources)
    counts = np.diff(matrix.first, axis=1).ravel()
    place = np.repeat(rows, counts) * product.targets + matrix.target
    shares = np.arange(warps + 1) * product.targets // warps
    wanted = (rows[:, None] * product.targets + shares).ravel()
    return np.searchsorted(place, wanted).astype(np.int32)
