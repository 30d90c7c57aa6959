"""The connectivity of a network as arguments of its program."""

from __future__ import annotations

import torch

from .context import Context
from .operations import Pathway, Product

__all__ = ["counts_of", "structure_of"]


def structure_of(context: Context) -> dict[str, torch.Tensor]:
    """Return the connectivity as arguments of the program."""
    found = {}
    for operation in context.operations:
        name = operation.name
        for key, table in getattr(operation, "tables", {}).items():
            found[f"table {name} {key}"] = torch.from_numpy(table.copy())
        if isinstance(operation, Product):
            matrix = operation.matrix
            parts = {"place": matrix.place, "rows": matrix.first, "targets": matrix.target}
            for key, table in parts.items():
                if table is not None:
                    found[f"{key} {name}"] = torch.from_numpy(table)
        if isinstance(operation, Pathway):
            found[f"first {name}"] = torch.from_numpy(operation.wires.first)
            found[f"synapse {name}"] = torch.from_numpy(operation.wires.synapse)
    return found


def counts_of(context: Context) -> dict[str, int]:
    """Return the numbers of synapses and of weights of each product."""
    found = {}
    for operation in context.operations:
        if isinstance(operation, Product):
            found[f"synapses {operation.name}"] = operation.matrix.synapses
            found[f"entries {operation.name}"] = operation.matrix.size
    return found
