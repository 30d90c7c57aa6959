"""In which round a lane may run, where several reach the same element."""

from __future__ import annotations

from collections.abc import Sequence

import torch

__all__ = ["ranks"]


def ranks(positions: Sequence[torch.Tensor], trial: torch.Tensor) -> torch.Tensor:
    """Return, for each lane, how many earlier lanes of its trial share its element.

    With several position tensors any shared element counts, so lanes go strictly one by one.
    """
    if len(positions) > 1:
        key = trial
    else:
        key = trial * (int(positions[0].max()) + 1 if positions[0].numel() else 1) + positions[0]
    order = torch.argsort(key, stable=True)
    grouped = key[order]
    first = torch.ones_like(grouped, dtype=torch.bool)
    first[1:] = grouped[1:] != grouped[:-1]
    place = torch.arange(len(key), device=key.device)
    start = torch.cummax(torch.where(first, place, torch.zeros_like(place)), 0).values
    rank = torch.empty_like(place)
    rank[order] = place - start
    return rank
