"""What the backward pass computes again of a segment, and what it need not.

It needs the arrays that adjoints read, and all that these are made of. The events of a run are kept
as bits, and so are the truth values that adjoints read: nothing is computed again for them alone,
such as when a neuron spiked last.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from .graph import Accumulate, Effect, Graph, Store
from .operations import Given, Operation, Pathway, Product
from .tape import Kept, Sources

__all__ = ["changes_of", "computed_again", "lasting"]


def lasting(
    types: Mapping[str, str], needs: Sequence[Sources], kept: Sequence[Kept]
) -> frozenset[str]:
    """Return the truth values that the forward pass keeps for the whole run, as bits.

    Parameters
    ----------
    types : mapping of str to str
        The types of the arrays that the network changes.
    needs, kept : sequence
        What the adjoint of each operation needs, and what each operation keeps.
    """
    restored = frozenset().union(*(one.restores for one in kept))
    read = [one.before.keys() | one.after.keys() for one in kept]
    return frozenset(
        name
        for name, type_ in types.items()
        if type_ == "bool"
        and name not in restored
        # No adjoint finds them in the state.
        and all(
            name in there for need, there in zip(needs, read, strict=True) if name in need.arrays
        )
    )


def computed_again(
    operations: Sequence[Operation], needs: Sequence[Sources], bits: frozenset[str]
) -> frozenset[str]:
    """Return the arrays that the backward pass computes again.

    Parameters
    ----------
    operations : sequence of Operation
    needs : sequence of Sources
        What the adjoint of each needs.
    bits : frozenset of str
        The arrays that are kept as bits.
    """
    found = frozenset().union(*(need.arrays for need in needs)) - bits
    for operation, need in zip(operations, needs, strict=True):
        if need.taped:
            found |= _loaded(operation.graph, need.taped)
    while not (more := frozenset().union(*(_made_of(o, found) for o in operations))) <= found:
        found |= more
    return found


def changes_of(graph: Graph, arrays: frozenset[str]) -> list[Effect]:
    """Return the effects that change some arrays."""
    effects = [e for e in graph.effects if isinstance(e, Store | Accumulate)]
    return [e for e in effects if e.access.array in arrays]


def _made_of(operation: Operation, arrays: frozenset[str]) -> frozenset[str]:
    """Return the arrays of which an operation makes others."""
    if isinstance(operation, Given) or not operation.writes & arrays:
        return frozenset()
    if isinstance(operation, Product):
        return frozenset({operation.weight, operation.guard} - {None})
    # The synapses of an event run all their statements, or none.
    wanted = operation.writes if isinstance(operation, Pathway) else arrays
    effects = changes_of(operation.graph, wanted)
    return _loaded(operation.graph, [effect.value for effect in effects])


def _loaded(graph: Graph, values: Iterable[int]) -> frozenset[str]:
    nodes = [graph[value] for value in graph.needed(list(values))]
    return frozenset(node.data[0].array for node in nodes if node.operation == "load")
