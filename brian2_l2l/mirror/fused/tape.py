"""What the backward pass needs of the forward pass: stored, found in place, or computed again.

An operation that changes an array keeps its old values if some adjoint needs them, and the adjoint
reads them there. Where several clocks tick, or events change single elements, the backward pass
puts the array back as it was instead, so that it holds the values from after the operation at hand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .adjoint import Adjoint
from .graph import Graph, Store
from .operations import Operation, Pathway, Product

__all__ = ["Kept", "Sources", "keep", "needs_of"]


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

    @property
    def arrays(self) -> frozenset[str]:
        """The arrays of which old values are needed."""
        return self.before | frozenset(self.after.values())


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
        # Whether an event arrives is told by its bits.
        state = state - {operation.event}
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


@dataclass(frozen=True)
class Kept:
    """What an operation keeps of the arrays that it changes, and where its adjoint finds arrays.

    Attributes
    ----------
    saves : frozenset of str
        The arrays whose old values the operation keeps.
    restores : frozenset of str
        Those that its adjoint puts back.
    before, after : mapping of str to int
        The operation that has kept an array as it was before, or after, this one. All other arrays
        stand in the state.
    """

    saves: frozenset[str] = frozenset()
    restores: frozenset[str] = frozenset()
    before: Mapping[str, int] = field(default_factory=dict)
    after: Mapping[str, int] = field(default_factory=dict)


def keep(operations: Sequence[Operation], needs: Sequence[Sources], one_clock: bool) -> list[Kept]:
    """Return what each operation keeps for the backward pass.

    Parameters
    ----------
    operations : sequence of Operation
    needs : sequence of Sources
        What the adjoint of each needs.
    one_clock : bool
        Whether all run at every time step.
    """
    found = [_Keeping() for _ in operations]
    everything = frozenset().union(*(need.arrays for need in needs))
    for name in sorted(everything):
        writers = [k for k, operation in enumerate(operations) if name in operation.writes]
        if not writers:
            continue
        if not one_clock or any(isinstance(operations[k], Pathway) for k in writers):
            _keep_in_place(name, writers, operations, needs, found, one_clock)
        else:
            _keep_on_tape(name, writers, needs, found)
    return [
        Kept(frozenset(k.saves), frozenset(k.restores), dict(k.before), dict(k.after))
        for k in found
    ]


class _Keeping:
    def __init__(self):
        self.saves, self.restores = set(), set()
        self.before, self.after = {}, {}


def _keep_on_tape(name: str, writers: list[int], needs, found: list[_Keeping]) -> None:
    """Let the adjoints read what the next operation to change an array has kept of it."""
    for number, need in enumerate(needs):
        wanted = []
        if name in need.before:
            wanted.append((number, found[number].before))
        if name in need.after.values():
            wanted.append((number + 1, found[number].after))
        for first, place in wanted:
            later = [k for k in writers if k >= first]
            if later:
                place[name] = later[0]
                found[later[0]].saves.add(name)
            else:
                # What is left at the end of a time step changes in the next one.
                found[writers[0]].saves.add(name)
                found[writers[0]].restores.add(name)


def _keep_in_place(name: str, writers, operations, needs, found, one_clock: bool) -> None:
    """Let every operation that changes an array put it back, as events do that change a part."""
    for k in writers:
        # Which version an operation meets depends on the clocks.
        if not one_clock or _is_needed(name, k, operations, needs):
            found[k].saves.add(name)
            found[k].restores.add(name)
            if name in needs[k].before and not isinstance(operations[k], Pathway):
                found[k].before[name] = k


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
