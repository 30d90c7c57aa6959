"""What a trainer gives to the loop."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch

from brian2_l2l.training.task import Batch


@dataclass(frozen=True)
class Method:
    """A way to improve a mirror batch by batch.

    Attributes
    ----------
    mirror : Mirror
        The network to train.
    compute : callable
        ``compute(batch, iteration)`` finds out how to change the mirror, without changing anything
        that a checkpoint holds. Returns columns for the history: ``'train_loss'``,
        ``'train_<metric>'`` for each metric of the task, and others.
    apply : callable
        ``apply()`` makes the change. Ctrl-C is held back meanwhile.
    parts : dict
        Name -> object with ``state_dict()`` and ``load_state_dict(state)``, for all that the
        method remembers from one iteration to the next.
    settings : dict
        Name -> value of the options that must be the same when a checkpoint is resumed.
    """

    mirror: torch.nn.Module
    compute: Callable[[Batch, int], Mapping[str, float]]
    apply: Callable[[], None]
    parts: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
