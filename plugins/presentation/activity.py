"""What a run costs in events: spikes, and the synapses that they reach."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from brian2 import Network, SpikeMonitor, Synapses

__all__ = ["Activity"]


class Activity:
    """Counts the spikes of all groups from which synapses come.

    Parameters
    ----------
    net : Network
        It gets the monitors, so it must not have run.
    """

    def __init__(self, net: Network) -> None:
        self._synapses = [obj for obj in net.objects if isinstance(obj, Synapses)]
        sources = {synapses.source.name: synapses.source for synapses in self._synapses}
        self._monitors = {
            name: SpikeMonitor(source, record=False, name=f"{name}_activity")
            for name, source in sources.items()
        }
        net.add(list(self._monitors.values()))

    @cached_property
    def _reached(self) -> list[tuple[str, np.ndarray]]:
        """How many synapses a spike of each neuron reaches, by group; known after a run."""
        return [
            (s.source.name, np.bincount(np.array(s.i[:]), minlength=len(s.source)))
            for s in self._synapses
        ]

    def row(self, samples: int) -> dict[str, float]:
        """Return what a sample has cost on average in the last run.

        Parameters
        ----------
        samples : int
            The number that was shown.

        Returns
        -------
        row : dict
            ``'operations'``: how often a spike reached a synapse; and the spikes of each group,
            such as ``'spikes_hidden'``.
        """
        counts = {name: np.array(monitor.count[:]) for name, monitor in self._monitors.items()}
        reached = sum(counts[name] @ each for name, each in self._reached)
        spikes = {f"spikes_{name}": float(n.sum()) / samples for name, n in counts.items()}
        return {"operations": float(reached) / samples, **spikes}
