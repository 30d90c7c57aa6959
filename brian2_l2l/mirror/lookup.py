"""Find what a user names: objects, variables, events and timed arrays of a recorded network."""

from __future__ import annotations

from dataclasses import dataclass

from brian2.core.variables import ArrayVariable
from brian2.groups.group import Group
from brian2.groups.subgroup import Subgroup

from ..errors import MirrorError, did_you_mean
from ..spec.network_spec import NetworkSpec
from ..spec.refusals import origin_of
from ..types import ObjectOrName

__all__ = ["Lookup", "Place", "name_of"]


def name_of(obj) -> str:
    """Return the name of an object that is given as itself or by its name."""
    return getattr(obj, "name", obj)


@dataclass(frozen=True)
class Place:
    """Where the values of a variable are.

    Attributes
    ----------
    array : str
        The name of the array in the spec.
    start, stop : int
        The elements of it that are meant.
    """

    array: str
    start: int
    stop: int


class Lookup:
    """The named things of one network.

    Parameters
    ----------
    live : LiveNetwork
    spec : NetworkSpec
    """

    def __init__(self, live, spec: NetworkSpec):
        self.live, self.spec = live, spec
        self.timed_arrays = spec.timed_arrays
        self.groups = {n: o for n, o in live.objects.items() if isinstance(o, Group)}
        self.structure = _structure(spec) | live.event_arrays | live.index_arrays

    def group(self, named: ObjectOrName, role: str) -> Group:
        """Return a group, synapses or a part of a group.

        Parameters
        ----------
        named : brian2.Group or str
        role : str
            Where the user named it, for the error.

        Raises
        ------
        MirrorError
            If the network has no such object.
        """
        whole = named.source if isinstance(named, Subgroup) else named
        name = name_of(whole)
        found = self.groups.get(name) if isinstance(name, str) else None
        if found is None or not (isinstance(whole, str) or whole.variables is found.variables):
            raise MirrorError(
                f"{role}: the mirrored network has no group {name!r}."
                f"{did_you_mean(str(name), self.groups)} It has: {', '.join(self.groups)}."
            )
        return named if isinstance(named, Subgroup) else found

    def variable(self, group: Group, name: str, role: str):
        """Return a Brian2 variable of a group.

        Raises
        ------
        MirrorError
            If there is none of this name.
        """
        if name in group.variables:
            return group.variables[name]
        known = [n for n in group.variables if not n.startswith("_")]
        raise MirrorError(
            f"{role}: '{group.name}' has no variable {name!r}.{did_you_mean(str(name), known)} "
            f"It has: {', '.join(known)}. A value from outside the equations becomes a variable by "
            f"a line such as '{name} : 1 (constant)' in them.\nCreated here:\n{origin_of(group)}"
        )

    def place(self, group: Group, name: str, role: str) -> Place | None:
        """Return where a variable's values are; None for what has to be computed.

        Raises
        ------
        MirrorError
            If there is no such variable.
        """
        variable = self.variable(group, name, role)
        if not isinstance(variable, ArrayVariable) or group.variables.indices[name] not in IN_ORDER:
            return None
        array = self.live.array_names.known(variable)
        if array not in self.spec.arrays:
            return None
        if isinstance(group, Subgroup) and not variable.scalar:
            return Place(array, group.start, group.stop)
        return Place(array, 0, variable.size)

    def events(self, group: Group, event: str) -> Place | None:
        """Return the array of a group's events, None if it has none of this name."""
        whole = group.source if isinstance(group, Subgroup) else group
        space = whole.variables.get(f"_{event}space")
        if space is None:
            return None
        array = self.live.array_names.known(space)
        if array is None:
            return None
        start = group.start if isinstance(group, Subgroup) else 0
        return Place(array, start, start + len(group))


#: The indices of variables that lie in the order of their group's elements. A subgroup's variables
#: go through an index of its own.
IN_ORDER = ("_idx", "0", "_sub_idx")


def _structure(spec: NetworkSpec) -> frozenset[str]:
    """Return the arrays that decide how the network is built."""
    options = {v for b in spec.blocks for v in b.options.values() if isinstance(v, str)}
    indices = {ref.index for b in spec.blocks for ref in b.arrays.values()}
    paths = {b.arrays[i].array for b in spec.blocks for i in indices if i in b.arrays}
    return frozenset(((options & set(spec.arrays)) - spec.written) | paths)
