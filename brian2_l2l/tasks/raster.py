"""Pictures of input spikes."""

from __future__ import annotations

from typing import Any

import torch
from brian2.units import Quantity, ms

__all__ = ["draw_raster"]


def draw_raster(axes: Any, spikes: torch.Tensor, dt: Quantity) -> None:
    """Draw the input spikes of a trial over time.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    spikes : tensor, shape (time, input)
    dt : Quantity
        The time step.
    """
    step, neuron = spikes.nonzero(as_tuple=True)
    axes.plot(step * float(dt / ms), neuron, "|k", markersize=2)
    axes.set(xlabel="time (ms)", ylim=(-1, spikes.shape[1]))
