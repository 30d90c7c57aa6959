"""Take out of a block what is the same at every step: ``exp(-dt/tau)`` of neurons that differ.

Brian2 does so for what is the same in all neurons. What differs between them, or is trained,
becomes a statement of its own, whose value is computed once per run, and so is its gradient.
"""

from __future__ import annotations

from dataclasses import replace

from ..spec.expressions import (
    Binary,
    Call,
    Choice,
    Expression,
    Name,
    calls_in,
    children,
    with_children,
)
from ..spec.network_spec import Block, NetworkSpec, Statement
from .stages import TENSOR_ONCE, TENSOR_STEP, analyse, expression_stage
from .target import Target

__all__ = ["hoist"]


def hoist(block: Block, spec: NetworkSpec, target: Target) -> Block:
    """Return a block with statements of their own for what does not change during a run.

    Parameters
    ----------
    block : Block
        Always runs over the same lanes.
    spec : NetworkSpec
    target : Target
    """
    return replace(block, vector=_Hoist(block, spec, target).vector())


class _Hoist:
    def __init__(self, block: Block, spec: NetworkSpec, target: Target):
        self.block, self.target = block, target
        self.stages = analyse(block, spec, target, static=True)
        self.found: dict[Expression, Statement] = {}
        self.statements: list[Statement] = []

    def vector(self) -> tuple[Statement, ...]:
        for statement in self.block.vector:
            if self.stages[statement.target] == TENSOR_STEP:
                statement = replace(statement, value=self._without(statement.value))
            self.statements.append(statement)
        return tuple(self.statements)

    def _without(self, value: Expression) -> Expression:
        if _is_costly(value) and self._is_fixed(value):
            return Name(value.kind, self._name(value))
        if isinstance(value, Choice):
            # What is not chosen may have no derivative.
            return replace(value, condition=self._without(value.condition))
        return with_children(value, self._without)

    def _is_fixed(self, value: Expression) -> bool:
        functions = (self.block.functions[name] for name in calls_in(value))
        if value.kind != "float" or any(f.family != "default" for f in functions):
            return False
        return expression_stage(value, self.block, self.stages, self.target, True) == TENSOR_ONCE

    def _name(self, value: Expression) -> str:
        if value not in self.found:
            statement = Statement(f"_fixed_{len(self.found) + 1}", ":=", value, value.kind)
            self.found[value] = statement
            self.statements.append(statement)
        return self.found[value].target


def _is_costly(value: Expression) -> bool:
    """Tell whether an expression takes longer to compute than to read."""
    if isinstance(value, Call) or (isinstance(value, Binary) and value.op in ("/", "**")):
        return True
    return any(map(_is_costly, children(value)))
