"""Several processes that train one mirror together, as ``torchrun`` starts them.

Every process makes the same network, mirror and task, calls
``torch.distributed.init_process_group`` and trains with the same options. Each batch is split among
the processes; their gradients are averaged, and so is what they measure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import distributed
from torch.nn.parallel import DistributedDataParallel

from brian2_l2l.training.metrics import Average, pool
from brian2_l2l.training.shares import share_of
from brian2_l2l.training.task import Batch

__all__ = ["Together", "number_of_processes", "pool_processes", "rank_of_process"]


def number_of_processes() -> int:
    """Return how many processes train together; 1 without a process group."""
    if distributed.is_available() and distributed.is_initialized():
        return distributed.get_world_size()
    return 1


def rank_of_process() -> int:
    """Return which of them this is."""
    return distributed.get_rank() if number_of_processes() > 1 else 0


def pool_processes(measured: Mapping[str, Average]) -> dict[str, Average]:
    """Add up what all processes measured."""
    if number_of_processes() == 1:
        return dict(measured)
    found: list = [None] * number_of_processes()
    distributed.all_gather_object(found, dict(measured))
    return pool(found)


class Together:
    """Runs batches, each process its share of them; the gradients are those of whole batches.

    Parameters
    ----------
    mirror : Mirror
    run : callable
        ``run(batch)`` returns the record of the mirror.
    """

    def __init__(
        self, mirror: torch.nn.Module, run: Callable[[Batch], Mapping[tuple, torch.Tensor]]
    ) -> None:
        self._mirror, self._run, self._number = mirror, run, number_of_processes()
        self._spread: DistributedDataParallel | None = None
        self._shapes: Sequence[torch.Size] = ()

    def share(self, batch: Batch) -> tuple[Batch, float]:
        """Return the trials of this process, and what their mean loss counts in the average."""
        if self._number == 1:
            return batch, 1.0
        share = share_of(batch, rank_of_process(), self._number)
        return share, share.size * self._number / batch.size

    def run(self, batch: Batch) -> Mapping[tuple, torch.Tensor]:
        """Return the record of a share; gradients of it are averaged over all processes."""
        if self._number == 1:
            return self._run(batch)
        shapes = [parameter.shape for parameter in self._mirror.parameters()]
        if shapes != self._shapes:
            # Where connections move, parameters change their size, for which torch is not made.
            self._shapes = shapes
            self._spread = DistributedDataParallel(
                _Runner(self._mirror, self._run),
                broadcast_buffers=False,
                find_unused_parameters=True,
            )
        return self._spread(batch)[0]


class _Runner(torch.nn.Module):
    """What torch spreads: a module that takes a batch."""

    def __init__(self, mirror: torch.nn.Module, run: Callable) -> None:
        super().__init__()
        self.mirror, self._run = mirror, run

    def forward(self, batch: Batch) -> tuple[Mapping, list[torch.Tensor]]:
        """Return the record, and its tensors, which torch looks for in what a module returns."""
        record = self._run(batch)
        return record, list(record.values())
