"""What the backward pass needs of the forward pass: stored, found in place, or computed again.

The backward pass goes through the operations in reverse order and puts the state back as it was
before each of them. So at any moment the arrays hold the values from after the operation at hand,
as far as some adjoint needs them; all others are not kept at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .adjoint import Adjoint
from .graph import Graph, Store
from .operations import Operation, Pathway, Product

__all__ = ["Sources", "needs_of", "saved_arrays"]


@dataclass(frozen=True)
class Sources:
    """Where the adjoint of an operation finds what it needs.

    Attributes
    ----------
    after : mapping of int to str
        Values that stand in an array after the operation.
    taped : tuple of int
        Conditions that the forward pass stores.
    before : frozenset of str
        Arrays whose values from before the operation are needed.
    """

    after: Mapping[int, str]
    taped: tuple[int, ...] = ()
    before: frozenset[str] = frozenset()


NOTHING = Sources({})


def needs_of(
    operation: Operation,
    adjoint: Adjoint | None,
    state: frozenset[str],
    active: frozenset[str],
) -> Sources:
    """Return what the adjoint of an operation needs.

    Parameters
    ----------
    operation : Operation
    adjoint : Adjoint or None
    state : frozenset of str
        The arrays and events that the network changes.
    active : frozenset of str
        The arrays and events with a gradient.
    """
    if isinstance(operation, Product):
        guarded = operation.guard and operation.target in active
        return Sources({}, before=frozenset({operation.guard} if guarded else ()))
    if adjoint is None:
        return NOTHING
    if isinstance(operation, Pathway):
        return Sources({}, before=_loaded(adjoint, adjoint.needed(), state))
    after = _found_after(operation.graph)
    stop = frozenset(after)
    taped = _conditions(adjoint, adjoint.needed(stop) - stop)
    known = stop | taped
    needed = adjoint.needed(known)
    after = {value: name for value, name in after.items() if value in needed}
    return Sources(
        after,
        tuple(sorted(taped & needed)),
        _loaded(adjoint, needed - known, state),
    )


def _found_after(graph: Graph) -> dict[int, str]:
    """Return the values that stand in an array of the lanes at the end."""
    found = {}
    for effect in graph.effects:
        if isinstance(effect, Store) and not effect.access.index:
            if graph[effect.value].operation not in ("constant", "host", "load"):
                found[effect.value] = effect.access.array
    return found


def _conditions(adjoint: Adjoint, needed: set[int]) -> frozenset[int]:
    # One byte each, against all that they are made of.
    graph = adjoint.graph
    return frozenset(
        value
        for value in needed
        if value < adjoint.primal
        and graph[value].type == "bool"
        and graph[value].operation not in ("load", "fired", "constant", "host")
        and _is_made_of_state(graph, value)
    )


def _is_made_of_state(graph: Graph, value: int) -> bool:
    return any(graph[number].operation == "load" for number in graph.needed([value]))


def _loaded(adjoint: Adjoint, needed: set[int], state: frozenset[str]) -> frozenset[str]:
    graph = adjoint.graph
    loads = {
        graph[v].data[0].array
        for v in needed
        if v < adjoint.primal and graph[v].operation == "load"
    }
    fired = {graph[v].data.array for v in needed if graph[v].operation == "fired"}
    return frozenset((loads | fired) & state)


def saved_arrays(
    operations: Sequence[Operation], needs: Sequence[Sources], one_clock: bool
) -> list[frozenset[str]]:
    """Return, for each operation, the arrays whose old values it must keep before it changes them.

    An array is kept where the version that is about to go is needed by the adjoint of an operation
    that has read it, or of the one that has written it.
    """
    everything = frozenset().union(*(n.before | frozenset(n.after.values()) for n in needs))
    if not one_clock:
        # Which version an operation meets depends on the clocks.
        return [operation.writes & everything for operation in operations]
    return [
        frozenset(name for name in operation.writes if _is_needed(name, k, operations, needs))
        for k, operation in enumerate(operations)
    ]


def _is_needed(name: str, writer: int, operations, needs) -> bool:
    count = len(operations)
    if name in needs[writer].before:
        return True
    for back in range(1, count + 1):
        k = (writer - back) % count
        if name in needs[k].after.values():
            return True
        # Events change some elements and put only these back.
        if name in operations[k].writes and not isinstance(operations[k], Pathway):
            return False
        if name in needs[k].before:
            return True
    return False
