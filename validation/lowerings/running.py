"""Run a network in one of the lowerings, forward and backward."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from brian2 import Network
from brian2.units import Quantity

import brian2_l2l as l2l

__all__ = ["Tensors", "count_spikes", "run_lowered"]

Tensors = dict[Any, torch.Tensor]


def run_lowered(
    net: Network,
    lowering: str,
    duration: Quantity,
    keys: Sequence[tuple],
    trainable: Sequence[tuple] = (),
    inputs: Mapping | None = None,
    runs: int = 1,
    **options: Any,
) -> tuple[Tensors, Tensors]:
    """
    Give the records of runs that follow each other, and the gradients of a sum over all.

    Parameters
    ----------
    net : Network
    lowering : {'plain', 'fused'}
    duration : Quantity
        Of all runs together.
    keys, trainable : sequence of tuple
    inputs : mapping, optional
    runs : int
    **options
        Of `brian2_l2l.mirror`; by default there are three trials in float64.
    """
    options = {"dtype": torch.float64, "batch_size": 3, **options}
    mirror = l2l.mirror(net, trainable, lowering=lowering, **options)
    parts = [mirror.run(duration / runs, inputs=inputs, record=keys, seed=5)]
    while len(parts) < runs:
        parts.append(mirror.run(duration / runs, record=keys, seed=5, state=parts[-1].state))
    record = {key: torch.cat([part[key] for part in parts]) for key in parts[0]}
    if trainable:
        _loss_of(record).backward()
    gradients = {n: p.grad.cpu() for n, p in mirror.named_parameters() if p.grad is not None}
    return {key: value.detach().cpu() for key, value in record.items()}, gradients


def count_spikes(records: Tensors) -> int:
    """Give the number of spikes of all groups and trials in the records of a run."""
    return sum(int(value.sum()) for key, value in records.items() if key[1] == "spikes")


def _loss_of(record: Tensors) -> torch.Tensor:
    # The lowerings differ in which records have a gradient, so every value has its own weight.
    generator = torch.Generator().manual_seed(0)
    loss = torch.zeros((), dtype=torch.float64, requires_grad=True)
    for value in record.values():
        if value.dtype.is_floating_point and value.numel():
            weights = torch.randn(value.shape, generator=generator, dtype=torch.float64)
            weights = weights.to(value.device)
            scale = float(value.detach().abs().max()) or 1.0
            loss = loss + ((weights * value).sum() / scale).cpu()
    return loss
