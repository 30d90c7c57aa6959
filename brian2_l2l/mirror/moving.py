"""The plain program after connections moved: the same code, with other tables."""

from __future__ import annotations

import copy

from ..spec.network_spec import Block, NetworkSpec
from .program import Program
from .records import Recorder
from .steps import PushSpikes, SynapticEffect
from .steps.base import Step

__all__ = ["MOVABLE", "move_program"]

#: Steps whose code knows nothing of arrays that have a value per synapse, not even their size.
MOVABLE = (PushSpikes, SynapticEffect)


def move_program(program: Program, spec: NetworkSpec) -> Program | None:
    """Return the program of a network after connections moved.

    Steps that reach none of these arrays stay the same objects.

    Parameters
    ----------
    program : Program
    spec : NetworkSpec
        The same blocks, if they do not run over moved connections.

    Returns
    -------
    program : Program or None
        None where the code may depend on what is different, so that it has to be made anew.
    """
    if any(old is not new for old, new in zip(program.spec.blocks, spec.blocks, strict=True)):
        return None
    before, after = program.spec.arrays, spec.arrays
    changed = {name for name, array in after.items() if before.get(name) is not array}
    steps = []
    for step in program.steps:
        if _reached(step) & changed:
            if not isinstance(step, MOVABLE) or _shared(step.block) & changed:
                return None
            step = copy.copy(step)
            step.spec = spec
        steps.append(step)
    return Program(spec, program.target, tuple(steps))


def _reached(step: Step) -> set[str]:
    """Return the arrays that a step may depend on."""
    if isinstance(step, Recorder):
        step = step.observed
    block = getattr(step, "block", None)
    if block is None:
        return set()
    named = {value for value in block.options.values() if isinstance(value, str)}
    return named | {ref.array for ref in block.arrays.values()}


def _shared(block: Block) -> set[str]:
    """Return the arrays whose value stands in the code."""
    return {ref.array for ref in block.arrays.values() if ref.scalar or ref.index == "0"}
