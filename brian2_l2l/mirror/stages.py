"""Decide when and where each name of a block gets its value.

*When*: once per run, or at every step. *Where*: on the host, as a number that is the same for all
trials, or as a tensor. Numbers are computed by numpy exactly as Brian2 does; what is constant
during a run is computed once, trainable time constants included.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..spec.expressions import Expression, calls_in, names_in
from ..spec.network_spec import Block, NetworkSpec
from .target import Target

__all__ = [
    "HOST_ONCE",
    "HOST_STEP",
    "Stage",
    "Stages",
    "TENSOR_ONCE",
    "TENSOR_STEP",
    "analyse",
    "expression_stage",
]


@dataclass(frozen=True)
class Stage:
    """When (``once`` or per step) and where (``host`` or tensor) a value is computed."""

    once: bool
    host: bool

    def join(self, other: Stage) -> Stage:
        """Return the stage of something that needs both."""
        return Stage(self.once and other.once, self.host and other.host)


HOST_ONCE, HOST_STEP = Stage(True, True), Stage(False, True)
TENSOR_ONCE, TENSOR_STEP = Stage(True, False), Stage(False, False)

Stages = Mapping[str, Stage]


def analyse(block: Block, spec: NetworkSpec, target: Target, static: bool) -> Stages:
    """Return the stage of every name in ``block``.

    Parameters
    ----------
    block : Block
    spec : NetworkSpec
    target : Target
    static : bool
        Whether the lanes are the same at every step, so that tensors can be computed once.
    """
    stages: dict[str, Stage] = dict.fromkeys(block.constants, HOST_ONCE)
    for name, ref in block.arrays.items():
        stages[name] = _array_stage(ref, spec, target, static)
    assigned = [s.target for s in block.statements]
    for statement in block.statements:
        if statement.target in block.arrays:
            stages[statement.target] = TENSOR_STEP
        elif assigned.count(statement.target) > 1:
            stages[statement.target] = TENSOR_STEP
        else:
            value = statement.value
            stages[statement.target] = expression_stage(value, block, stages, target, static)
    return stages


def _array_stage(ref, spec, target, static) -> Stage:
    array = spec.arrays[ref.array]
    for clock in spec.clocks.values():
        if ref.array in clock.arrays:
            return HOST_ONCE if array.constant else HOST_STEP
    fixed = ref.array not in spec.written | target.stepped
    if (ref.scalar or ref.index == "0") and fixed and ref.array not in target.tensors:
        return HOST_ONCE
    return TENSOR_ONCE if fixed and static else TENSOR_STEP


def expression_stage(
    value: Expression, block: Block, stages: Stages, target: Target, static: bool
) -> Stage:
    """Return the stage of an expression, from the stages of its names."""
    stage = HOST_ONCE
    for name in names_in(value):
        stage = stage.join(stages.get(name, HOST_ONCE))
    for name in calls_in(value):
        function = block.functions[name]
        if function.family == "random":
            stage = TENSOR_STEP
        elif function.family == "timed array" and function.name in target.tensors:
            stage = stage.join(TENSOR_STEP)
        elif function.family == "timed array" and function.table.ndim == 2:
            stage = stage.join(TENSOR_ONCE)
    return stage if static or stage.host else Stage(False, stage.host)
