"""Connections that move: in the arrays of a recorded network, and in Brian2's synapses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from brian2 import Synapses
from brian2.utils.arrays import calc_repeats

from ..errors import MirrorError
from ..spec.network_spec import ArraySpec, NetworkSpec
from ..spec.specify import ArrayNames
from ..types import ObjectOrName
from .lookup import Lookup

__all__ = ["Connections", "Moved", "find_synapses", "moved_spec", "store_connections"]


@dataclass(frozen=True, eq=False)
class Connections:
    """The connections of synapses.

    Attributes
    ----------
    sources, targets : numpy.ndarray of int32
        ``(synapse,)``: the elements that each connects, as Brian2's ``S.i`` and ``S.j``.
    """

    sources: np.ndarray
    targets: np.ndarray

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

    PARTS = ("sources", "targets")

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the synapses."""
        return tuple(self._modules)

    def get(self, name: str) -> Connections | None:
        """Return the connections of synapses, None if they have not moved."""
        if name not in self._modules:
            return None
        buffers = self._modules[name]._buffers
        return Connections(*(buffers[part].cpu().numpy() for part in self.PARTS))

    def put(self, name: str, connections: Connections) -> None:
        """Keep the connections of synapses."""
        if name not in self._modules:
            self.add_module(name, torch.nn.Module())
        for part in self.PARTS:
            index = torch.from_numpy(getattr(connections, part))
            self._modules[name].register_buffer(part, index)

    @classmethod
    def read(cls, state: Mapping[str, torch.Tensor], prefix: str) -> dict[str, Connections]:
        """Return the connections in a ``state_dict``, by the name of their synapses."""
        keys = [key.removeprefix(prefix) for key in state if key.startswith(prefix)]
        names = dict.fromkeys(key.rpartition(".")[0] for key in keys)
        return {
            name: Connections(
                *(state[f"{prefix}{name}.{part}"].cpu().numpy() for part in cls.PARTS)
            )
            for name in names
        }


def find_synapses(named: ObjectOrName, lookup: Lookup) -> Synapses:
    """Return synapses of the network.

    Raises
    ------
    MirrorError
        If there are none of that name.
    """
    found = lookup.group(named, "The connections of")
    if not isinstance(found, Synapses):
        raise MirrorError(f"'{found.name}' has no connections: it is not a Synapses object.")
    return found


def moved_spec(
    spec: NetworkSpec,
    names: ArrayNames,
    synapses: Synapses,
    connections: Connections,
    values: Mapping[str, np.ndarray],
) -> NetworkSpec:
    """Return the network with other connections.

    Parameters
    ----------
    spec : NetworkSpec
    names : ArrayNames
        Of the arrays of the spec.
    synapses : Synapses
    connections : Connections
    values : mapping of str to numpy.ndarray
        By the name of an array of the spec: what the synapses have at their new places. An array
        that is not given keeps its values, synapse by synapse.

    Raises
    ------
    MirrorError
        If there are more or fewer synapses, and an array whose values differ is not given.
    """
    structure = {
        names.known(synapses.variables[name]): array
        for name, array in connections.arrays(synapses).items()
    }
    given = {**structure, **values}
    number, arrays = len(connections.sources), dict(spec.arrays)
    for variable in synapses._registered_variables:
        name = names.known(variable)
        if name in arrays and name not in given and arrays[name].size != number:
            given[name] = _resized(arrays[name].values, number, synapses, variable.name)
    for name, array in given.items():
        if name in arrays:
            arrays[name] = _with_values(arrays[name], array)
    return replace(spec, arrays=arrays)


def _resized(values: np.ndarray, number: int, synapses: Synapses, variable: str) -> np.ndarray:
    if len(values) and (values == values[0]).all():
        return np.full(number, values[0])
    raise MirrorError(
        f"'{synapses.name}' had {len(values)} synapses and gets {number}; give the values of "
        f"'{variable}', one per synapse."
    )


def _with_values(array: ArraySpec, values: np.ndarray) -> ArraySpec:
    values = np.array(values, dtype=array.values.dtype, ndmin=1)
    values.setflags(write=False)
    return replace(array, values=values)


def store_connections(
    synapses: Synapses, connections: Connections, spec: NetworkSpec, names: ArrayNames
) -> None:
    """Store connections in Brian2's synapses; where their number changes, all other values too.

    Brian2 cannot take synapses away, but all that it does with them reads these arrays.

    Parameters
    ----------
    synapses : Synapses
    connections : Connections
    spec : NetworkSpec
        With the moved connections.
    names : ArrayNames
        Of its arrays.
    """
    number = len(connections.sources)
    for variable in synapses._registered_variables:
        if variable.size != number:
            variable.resize(number)
            array = spec.arrays.get(names.known(variable))
            if array is not None:
                variable.set_value(array.values)
    for name, values in connections.arrays(synapses).items():
        synapses.variables[name].set_value(values)
