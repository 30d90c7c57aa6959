"""Which arrays and events of a program have a gradient."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ...spec.expressions import calls_in, names_in
from ..codegen import BlockCode
from .adjoint import REAL, active_values
from .arrays import Array, Event
from .graph import Accumulate, Fire, Store
from .operations import Loop, Operation, Product
from .parts import Blocks, type_of

__all__ = ["active_names", "arrays_of"]


def active_names(blocks: Blocks, graded: frozenset[str]) -> frozenset[str]:
    """Return the arrays, timed arrays and events that depend on what has a gradient.

    Parameters
    ----------
    blocks : Blocks
    graded : frozenset of str
        Arrays, timed arrays and given events with a gradient.
    """
    found = set(graded) | {f"table {name}" for name in graded} | _active_inputs(blocks, graded)
    found = {name for name in found if not _is_whole(blocks, name)}
    while True:
        before = len(found)
        for operation in blocks.operations:
            found |= _activated(operation, blocks, found)
        if len(found) == before:
            return frozenset(found)


def _is_whole(blocks: Blocks, name: str) -> bool:
    return (
        name in blocks.spec.arrays and name not in blocks.events and _type(blocks, name) not in REAL
    )


def _type(blocks: Blocks, name: str) -> str:
    return type_of(blocks.spec, name)


def _activated(operation: Operation, blocks: Blocks, found: set[str]) -> set[str]:
    if isinstance(operation, Product):
        active = operation.weight in found or operation.event in found
        return {operation.target} if active else set()
    if not isinstance(operation, Loop):
        return set()
    has = active_values(operation.graph, found.__contains__)
    new = set()
    for effect in operation.graph.effects:
        if isinstance(effect, Store | Accumulate) and has[effect.value]:
            if _type(blocks, effect.access.array) in REAL:
                new.add(effect.access.array)
        elif isinstance(effect, Fire) and effect.soft is not None and has[effect.soft]:
            new.add(effect.event)
    return new


def _active_inputs(blocks: Blocks, graded: frozenset[str]) -> set[str]:
    """Return what is computed once per run and depends on something with a gradient."""
    found = set()
    for name, (block, code, local, type_) in blocks.scope.inputs.items():
        if type_ == "real" and _depends(local, block, code, graded):
            found.add(name)
    for name, step in blocks.weights.items():
        local = f"_added_{name.rpartition(' ')[2]}"
        code = step.products.code
        if _depends(local, step.products.block, code, graded):
            found.add(name)
    return found


def _depends(name: str, block, code: BlockCode, graded: frozenset[str]) -> bool:
    if name in block.arrays:
        return block.arrays[name].array in graded
    return any(
        any(_depends(other, block, code, graded) for other in names_in(s.value) - {name})
        or any(block.functions[f].name in graded for f in calls_in(s.value))
        for s in block.statements
        if s.target == name
    )


def arrays_of(
    blocks: Blocks, active: frozenset[str], clocks: dict[str, str], stepped: Iterable[str]
) -> dict[str, Array]:
    """Return all arrays that the operations read or write, by name."""
    spec, scope = blocks.spec, blocks.scope
    written = frozenset().union(*(operation.writes for operation in blocks.operations))
    found: dict[str, Array] = {}

    def add(name: str, clock: str, lanes: int) -> None:
        if name in found or name in blocks.events:
            return
        if name in scope.draws:
            size = 1 if scope.draws[name].single else lanes
            found[name] = Array(name, "real", size, "series", False, clock)
        elif name in scope.inputs:
            type_ = scope.inputs[name][3]
            found[name] = Array(name, type_, lanes, "input", name in active)
        else:
            shared = blocks.target.shared.get(name)
            changed = "shared" if shared else "state"
            storage = changed if name in written else "series" if name in stepped else "input"
            size, type_ = spec.arrays[name].size, _type(blocks, name)
            clock, averaged = clocks.get(name, ""), shared == "mean"
            found[name] = Array(name, type_, size, storage, name in active, clock, averaged)

    for operation in blocks.operations:
        for name in sorted(_names(operation)):
            add(name, operation.clock, getattr(operation, "lanes", 0))
        if isinstance(operation, Product):
            name, size = operation.weight, operation.matrix.synapses
            found[name] = Array(name, "real", size, "input", name in active)
    return found


def _names(operation: Operation) -> set[str]:
    if isinstance(operation, Product):
        return {operation.target} | ({operation.guard} if operation.guard else set())
    if not isinstance(operation, Loop):
        return set()
    names = {access.array for _, access in operation.graph.loads()}
    return names | {
        e.access.array for e in operation.graph.effects if isinstance(e, Store | Accumulate)
    }


def active_events(blocks: Blocks, active: frozenset[str]) -> dict[str, Event]:
    """Return the events with what is known of their gradients."""
    return {name: replace(event, active=name in active) for name, event in blocks.events.items()}
