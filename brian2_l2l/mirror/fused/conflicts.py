"""What the lanes of a graph do to elements of arrays that they may share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from enum import Enum

import numpy as np

from .graph import Access, Accumulate, Fire, Graph, Store
from .operations import Pathway

__all__ = ["Sharing", "is_one_each", "reads_others", "sharing_of"]


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


def reads_others(graph: Graph) -> bool:
    """Tell whether lanes read an array in another way than they change it."""
    reads, stores, sums = _accesses(graph)
    return any(
        reads[array] and len(reads[array] | stores[array] | sums[array]) > 1
        for array in {*stores, *sums}
    )


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


def is_one_each(pathway: Pathway, access: Access) -> bool:
    """Tell whether no two synapses of one event reach the same element."""
    # The adjoint of the event itself is a sum of its own.
    if access.index == "" or access.array in (pathway.event, f"~{pathway.event}"):
        return True
    wires = pathway.wires
    if access.index == "0":
        return bool((np.diff(wires.first) <= 1).all())
    element = pathway.tables[access.index][wires.synapse].astype(np.int64)
    row = np.repeat(np.arange(wires.first.size), np.diff(wires.first.ravel(), append=len(element)))
    places = np.sort(row * (element.max(initial=0) + 1) + element)
    return bool((places[1:] > places[:-1]).all())
