"""The fused program after connections moved: the same text, with other tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ..moving import MOVABLE
from ..program import Program
from ..steps import SynapticEffect
from .arrays import Array
from .blocks import operations_of
from .operations import Operation, Product
from .program import FusedProgram, with_matrices

__all__ = ["move_fused"]


def move_fused(fused: FusedProgram, plain: Program) -> FusedProgram | None:
    """Return the fused program of a plain one with moved connections.

    Parameters
    ----------
    fused : FusedProgram
        Before they moved.
    plain : Program
        Made from that of ``fused`` by `move_program`, or made anew.

    Returns
    -------
    program : FusedProgram or None
        None where the text may be another one, so that it has to be written anew.
    """
    former, old = set(fused.plain.steps), fused.blocks
    moved = [step for step in plain.steps if step not in former]
    if not all(isinstance(step, MOVABLE) for step in moved):
        return None
    blocks = replace(old, spec=plain.spec, events=dict(old.events), weights=dict(old.weights))
    made = [operations_of(step, blocks) for step in moved if isinstance(step, SynapticEffect)]
    operations = with_matrices(sum(made, []), fused.active, plain.target.device)
    found = {operation.name: operation for operation in operations}
    blocks.operations = [found.pop(o.name, o) for o in old.operations]
    # Pathways without synapses have no operations.
    if found or not all(made) or not all(map(_same_text, old.operations, blocks.operations)):
        return None
    arrays = _resized(fused.context.arrays, blocks.operations)
    context = replace(fused.context, operations=blocks.operations, arrays=arrays)
    return replace(fused, plain=plain, blocks=blocks, context=context)


def _same_text(before: Operation, after: Operation) -> bool:
    if before is after:
        return True
    if not isinstance(before, Product) or not isinstance(after, Product):
        return False
    return before.matrix.form == after.matrix.form


def _resized(arrays: Mapping[str, Array], operations: Sequence[Operation]) -> dict[str, Array]:
    """Return the arrays, and as many weights as there are synapses now."""
    sizes = {o.weight: o.matrix.synapses for o in operations if isinstance(o, Product)}
    return {n: replace(a, size=sizes[n]) if n in sizes else a for n, a in arrays.items()}
