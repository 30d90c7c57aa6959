"""The connections of synapses, and those that have moved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import torch
from brian2 import Synapses
from brian2.utils.arrays import calc_repeats

from ..errors import MirrorError

__all__ = ["Connections", "Moved"]


@dataclass(frozen=True, eq=False)
class Connections:
    """The connections of synapses.

    Attributes
    ----------
    sources, targets : numpy.ndarray of int32
        ``(synapse,)``: the elements that each connects, as Brian2's ``S.i`` and ``S.j``.
    values : dict
        Array of the spec -> values ``(synapse,)`` of what is not trained and differs.
    """

    sources: np.ndarray
    targets: np.ndarray
    values: Mapping[str, np.ndarray] = field(default_factory=dict)

    @classmethod
    def read(cls, synapses: Synapses, sources, targets) -> Connections:
        """Return checked connections.

        Raises
        ------
        MirrorError
            If they differ in number or are outside of the groups.
        """
        found = cls(*(np.atleast_1d(np.asarray(k)).astype(np.int32) for k in (sources, targets)))
        if found.sources.shape != found.targets.shape or found.sources.ndim != 1:
            raise MirrorError(
                f"The connections of '{synapses.name}' have {found.sources.size} sources and "
                f"{found.targets.size} targets; give one of each per synapse."
            )
        for role, index in (("source", found.sources), ("target", found.targets)):
            size = int(synapses.variables[f"N_{'pre' if role == 'source' else 'post'}"].get_value())
            if index.size and not (0 <= index.min() and index.max() < size):
                raise MirrorError(
                    f"The connections of '{synapses.name}' have the {role} "
                    f"{int(index.max() if index.max() >= size else index.min())}; its {role} has "
                    f"the elements 0 to {size - 1}."
                )
        return found

    def arrays(self, synapses: Synapses) -> dict[str, np.ndarray]:
        """Return the variables of Brian2's synapses that say how they are connected."""
        variables = synapses.variables
        place = {
            "_synaptic_pre": self.sources + variables["_source_offset"].get_value(),
            "_synaptic_post": self.targets + variables["_target_offset"].get_value(),
        }
        counts = {"N_outgoing": "_synaptic_pre", "N_incoming": "_synaptic_post"}
        for name, index in counts.items():
            size = len(variables[name].get_value())
            place[name] = np.bincount(place[index], minlength=size)
        if synapses.multisynaptic_index is not None:
            pairs = place["_synaptic_pre"] + place["_synaptic_post"] * 1j
            place[synapses.multisynaptic_index] = calc_repeats(pairs)
        return {
            **{name: values.astype(np.int32) for name, values in place.items()},
            "N": np.array([len(self.sources)], np.int32),
        }


class Moved(torch.nn.Module):
    """The connections that have moved, as buffers: they belong to the state of a mirror."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the synapses."""
        return tuple(self._modules)

    def get(self, name: str) -> Connections | None:
        """Return the connections of synapses, None if they have not moved."""
        if name not in self._modules:
            return None
        module = self._modules[name]
        parts, values = (
            {key: tensor.cpu().numpy() for key, tensor in one._buffers.items()}
            for one in (module, module._modules["values"])
        )
        return _named(name, parts, values)

    def put(self, name: str, connections: Connections) -> None:
        """Keep the connections of synapses."""
        module, values = torch.nn.Module(), torch.nn.Module()
        for part in ("sources", "targets"):
            module.register_buffer(part, torch.from_numpy(getattr(connections, part)))
        for array, numbers in connections.values.items():
            variable = array.removeprefix(f"{name}.")
            values.register_buffer(variable, torch.tensor(numbers, device="cpu"))
        module.add_module("values", values)
        self.add_module(name, module)

    @classmethod
    def read(cls, state: Mapping[str, torch.Tensor], prefix: str) -> dict[str, Connections]:
        """Return the connections in a ``state_dict``, by the name of their synapses."""
        found: dict[str, tuple[dict, dict]] = {}
        for key, tensor in state.items():
            if key.startswith(prefix):
                name, *inner, last = key.removeprefix(prefix).split(".")
                found.setdefault(name, ({}, {}))[bool(inner)][last] = tensor.cpu().numpy()
        return {name: _named(name, *parts) for name, parts in found.items()}


def _named(name: str, parts: Mapping, values: Mapping) -> Connections:
    values = {f"{name}.{variable}": numbers for variable, numbers in values.items()}
    return Connections(**parts, values=values)
