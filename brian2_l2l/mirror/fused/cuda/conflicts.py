"""What the lanes of a graph do to elements of arrays that they may share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from enum import Enum

from ..graph import Access, Accumulate, Fire, Graph, Store

__all__ = ["Sharing", "sharing_of"]


class Sharing(Enum):
    """How the lanes of a graph must run."""

    #: No lane writes what another one reads or writes.
    NONE = "none"
    #: Several lanes add to an element, and nothing else happens to its array.
    SUMS = "sums"
    #: One lane after the other.
    SERIAL = "serial"


def sharing_of(
    graph: Graph, one_each: Callable[[Access], bool]
) -> tuple[Sharing, frozenset[Access]]:
    """Return how the lanes of a graph must run, and the elements to which several lanes add.

    Parameters
    ----------
    graph : Graph
    one_each : callable
        Tells whether no two lanes reach the same element by an access.
    """
    reads, stores, sums = _accesses(graph)
    added = set()
    for array in {*stores, *sums}:
        every = reads[array] | stores[array] | sums[array]
        if len(every) == 1 and one_each(*every):
            continue
        if reads[array] or stores[array]:
            return Sharing.SERIAL, frozenset()
        added |= sums[array]
    return (Sharing.SUMS if added else Sharing.NONE), frozenset(added)


def _accesses(graph: Graph):
    reads, stores, sums = defaultdict(set), defaultdict(set), defaultdict(set)
    for node in graph.nodes:
        if node.operation == "load":
            reads[node.data[0].array].add(node.data[0])
        elif node.operation in ("fired", "gate"):
            reads[node.data.array].add(node.data)
    for effect in graph.effects:
        if isinstance(effect, Store):
            stores[effect.access.array].add(effect.access)
        elif isinstance(effect, Accumulate):
            sums[effect.access.array].add(effect.access)
        elif isinstance(effect, Fire):
            stores[effect.event].add(Access(effect.event))
    return reads, stores, sums
