"""The connectivity of a network as arguments of its program."""

from __future__ import annotations

import torch

from .context import Context

__all__ = ["structure_of"]


def structure_of(context: Context) -> dict[str, torch.Tensor]:
    """Return the connectivity as arguments of the program."""
    found = {}
    for number, operation in enumerate(context.operations):
        name = operation.name
        for key, table in getattr(operation, "tables", {}).items():
            found[f"table {name} {key}"] = torch.from_numpy(table.copy())
        wires = getattr(operation, "wires", None)
        if number in context.matrices:
            matrix = context.matrices[number]
            found[f"place {name}"] = torch.from_numpy(matrix.place)
            found[f"rows {name}"] = torch.from_numpy(matrix.first)
            found[f"targets {name}"] = torch.from_numpy(matrix.target)
        if wires is not None:
            found[f"first {name}"] = torch.from_numpy(wires.first)
            found[f"synapse {name}"] = torch.from_numpy(wires.synapse)
    return found
