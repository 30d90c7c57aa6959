"""What a run costs in events: spikes, and the synapses that they reach."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import numpy as np
from brian2 import Group, Network, Synapses, get_logger

__all__ = ["Activity", "SilentClasses"]

logger = get_logger(__name__)

#: Of a class, to say that its neuron never answers.
ENOUGH = 10


class Activity:
    """Counts the events of a network.

    Parameters
    ----------
    net : Network
    """

    def __init__(self, net: Network) -> None:
        self._synapses = [
            obj
            for obj in net.objects
            # Synapses that only add up values may come from groups without spikes.
            if isinstance(obj, Synapses) and "spike" in getattr(obj.source, "events", {})
        ]

    @property
    def sources(self) -> list[Group]:
        """The groups from which synapses come, if they spike."""
        return list({synapses.source.name: synapses.source for synapses in self._synapses}.values())

    @cached_property
    def _reached(self) -> list[tuple[str, np.ndarray]]:
        """How many synapses a spike of each neuron reaches, by group; known after a run."""
        return [
            (s.source.name, np.bincount(np.array(s.i[:]), minlength=len(s.source)))
            for s in self._synapses
        ]

    def row(self, counts: Mapping[str, np.ndarray], samples: int) -> dict[str, float]:
        """Return what a sample has cost on average.

        Parameters
        ----------
        counts : mapping of str to array
            ``(neuron,)``: the spikes of the neurons of each source, by its name.
        samples : int
            The number that was shown.

        Returns
        -------
        row : dict
            ``'operations'``: how often a spike reached a synapse; and the spikes of each group,
            such as ``'spikes_hidden'``.
        """
        reached = sum(counts[name] @ each for name, each in self._reached)
        spikes = {f"spikes_{name}": float(n.sum()) / samples for name, n in counts.items()}
        return {"operations": float(reached) / samples, **spikes}


class SilentClasses:
    """Warns of classes that are never answered, once of each.

    Parameters
    ----------
    output : str
        The name of the group that answers.
    """

    def __init__(self, output: str) -> None:
        self._output = output
        self._told: set[int] = set()

    def warn(self, counts: np.ndarray, labels: np.ndarray) -> None:
        """Warn if a neuron has no spike in a chunk, although its class was shown often enough.

        Parameters
        ----------
        counts, labels : array
            The spikes ``(sample, class)`` and the right answers ``(sample,)`` of the chunk.
        """
        shown = np.bincount(labels, minlength=counts.shape[1])
        silent = np.flatnonzero((shown >= ENOUGH) & ~counts.any(axis=0))
        for answer in set(silent.tolist()) - self._told:
            logger.warn(
                f"Neuron {answer} of '{self._output}' is silent in a whole chunk, with "
                f"{shown[answer]} samples of its class. If this lasts, none of them is answered "
                "right. Start with other weights, or let synapses learn whatever the current of a "
                "neuron is.",
                "silent_class",
            )
            self._told.add(answer)
