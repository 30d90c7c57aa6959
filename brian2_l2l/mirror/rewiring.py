"""Connections that move: in the arrays of a recorded network, and in Brian2's synapses."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

import numpy as np
import torch
from brian2 import Synapses

from ..errors import MirrorError
from ..spec.network_spec import ArraySpec, Block, NetworkSpec
from ..spec.specify import ArrayNames
from ..types import ObjectOrName
from .connections import Connections, Moved
from .live import LiveNetwork
from .lookup import Lookup
from .programs import Programs
from .values import Values

__all__ = ["Wiring"]


class Wiring:
    """Moves the connections of a mirror.

    Parameters
    ----------
    live : LiveNetwork
    programs : Programs
        Their spec is replaced.
    lookup : Lookup
        Likewise.
    values : Values
        What is trained.
    moved : Moved
        Collects the connections that have moved.
    """

    def __init__(self, live: LiveNetwork, programs: Programs, lookup, values: Values, moved: Moved):
        self._live, self._programs, self._lookup = live, programs, lookup
        self._values, self._moved = values, moved

    def connections(self, synapses: ObjectOrName) -> Connections:
        """Return the present connections of synapses."""
        synapses = _find_synapses(synapses, self._lookup)
        found = self._moved.get(synapses.name)
        return found or Connections.read(synapses, synapses.i[:], synapses.j[:])

    def rewire(self, synapses: ObjectOrName, sources, targets, values, origins) -> None:
        """Move connections; see `Mirror.rewire`."""
        synapses = _find_synapses(synapses, self._lookup)
        found = Connections.read(synapses, sources, targets)
        self._move(synapses, found, values or {}, {}, origins)

    def load(self, state: Mapping[str, torch.Tensor], prefix: str) -> None:
        """Move the connections as the state of a mirror says."""
        for name, connections in Moved.read(state, f"{prefix}moved.").items():
            keys = {v: f"{prefix}values.{name}.{v}" for v in self._values.of(name)}
            values = {v: state[key] for v, key in keys.items() if key in state}
            self._move(self._live.objects[name], connections, values, connections.values)

    def store(self) -> None:
        """Store the connections that moved in Brian2's synapses."""
        for name in self._moved.names:
            synapses, names = self._live.objects[name], self._live.array_names
            _store_connections(synapses, self._moved.get(name), self._programs.spec, names)

    def _move(self, synapses: Synapses, connections, values, arrays, origins=None) -> None:
        names, trained = self._live.array_names, self._values.of(synapses.name)
        given = {n: torch.as_tensor(new, device="cpu").detach() for n, new in values.items()}
        arrays = dict(arrays)
        for name, new in given.items():
            numbers = trained[name].constrained(new) if name in trained else new
            variable = self._lookup.variable(synapses, name, "rewire")
            arrays[names.known(variable)] = numbers.cpu().double().numpy()
        spec = _moved_spec(self._programs.spec, names, synapses, connections, arrays, origins)
        self._programs.spec = self._lookup.spec = spec
        varied = _varied_values(spec, names, synapses, trained)
        self._moved.put(synapses.name, replace(connections, values=varied))
        for name in given.keys() & trained.keys():
            self._values.restart(trained[name], given[name])


def _find_synapses(named: ObjectOrName, lookup: Lookup) -> Synapses:
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


def _moved_spec(
    spec: NetworkSpec,
    names: ArrayNames,
    synapses: Synapses,
    connections: Connections,
    values: Mapping[str, np.ndarray],
    origins: np.ndarray | None = None,
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
    origins : numpy.ndarray of int, optional
        ``(synapse,)``: the former synapse from which each has the values that are not given.

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
        if name not in arrays or name in given:
            continue
        if origins is not None:
            given[name] = arrays[name].values[origins]
        elif arrays[name].size != number:
            given[name] = _resized(arrays[name].values, number, synapses, variable.name)
    for name, array in given.items():
        if name in arrays:
            arrays[name] = _with_values(arrays[name], array)
    blocks = tuple(_with_lanes(block, given.keys(), number) for block in spec.blocks)
    return replace(spec, arrays=arrays, blocks=blocks)


def _with_lanes(block: Block, lanes: Collection[str], number: int) -> Block:
    """Return a block with another number of lanes, if it runs over those of some arrays."""
    over = any(ref.index == "_idx" and ref.array in lanes for ref in block.arrays.values())
    if not over or block.options.get("size", number) == number:
        return block
    return replace(block, options={**block.options, "size": number})


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


def _varied_values(
    spec: NetworkSpec, names: ArrayNames, synapses: Synapses, trained: Iterable[str]
) -> dict[str, np.ndarray]:
    """Return the arrays of what is not trained and in which synapses differ."""
    found = {}
    for variable in synapses._registered_variables:
        name = names.known(variable)
        if (
            variable.name in (*trained, "_synaptic_pre", "_synaptic_post")
            or name not in spec.arrays
        ):
            continue
        values = spec.arrays[name].values
        if values.size and (values != values[0]).any():
            found[name] = values
    return found


def _store_connections(
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
        resized = variable.size != number
        if resized:
            variable.resize(number)
        name = names.known(variable)
        if name in spec.arrays and (resized or name in connections.values):
            variable.set_value(spec.arrays[name].values)
    for name, values in connections.arrays(synapses).items():
        synapses.variables[name].set_value(values)
