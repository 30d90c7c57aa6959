"""Expression -> Python source, for numbers (numpy) or for tensors (torch)."""

from __future__ import annotations

from collections.abc import Callable

from ..spec.expressions import (
    Binary,
    Call,
    Choice,
    Compare,
    Expression,
    Logical,
    Name,
    Number,
    Unary,
    calls_in,
)
from .functions import REAL_FUNCTIONS

__all__ = ["SoftRenderer", "TensorRenderer", "render_number"]

RANK = {"boolean": 0, "integer": 1, "float": 2}
WHOLE = {"//": "whole_quotient", "%": "whole_remainder"}
MARGINS = {">": "{0} - {1}", ">=": "{0} - {1}", "<": "{1} - {0}", "<=": "{1} - {0}"}


def render_number(expression: Expression) -> str:
    """Return source for a value that is the same in every trial and lane."""
    match expression:
        case Name(id=name):
            return name
        case Number(value=value):
            return repr(value)
        case Unary(op="not", operand=operand):
            return f"_l2l.logical_not({render_number(operand)})"
        case Unary(op=op, operand=operand):
            return f"({op}{render_number(operand)})"
        case Binary(op=op, left=left, right=right) | Compare(op=op, left=left, right=right):
            return f"({render_number(left)} {op} {render_number(right)})"
        case Logical(op=op, values=values):
            joint = {"and": " & ", "or": " | "}[op]
            return "(" + joint.join(map(render_number, values)) + ")"
        case Call(function=name, arguments=arguments):
            return f"_number_{name}({', '.join(map(render_number, arguments))})"
        case Choice(condition=condition, if_true=if_true, if_false=if_false):
            parts = (render_number(part) for part in (if_true, condition, if_false))
            return "({} if {} else {})".format(*parts)
    raise TypeError(expression)


class TensorRenderer:
    """Render for tensors.

    Parameters
    ----------
    hosts : frozenset of str
        Names that hold numbers, not tensors.
    lane_calls : frozenset of str
        Functions that take the lanes as first argument.
    mask : str, optional
        Name of the condition under which random numbers are drawn.
    masked_calls : frozenset of str
        Functions that take the mask.
    lanes : str
        Source of the lanes.
    """

    def __init__(
        self, hosts, lane_calls=frozenset(), masked_calls=frozenset(), mask=None, lanes="_lanes"
    ):
        self.hosts, self.lane_calls, self.lanes = hosts, lane_calls, lanes
        self.masked_calls, self.mask = masked_calls, mask

    def is_host(self, expression: Expression) -> bool:
        """Tell whether the source of ``expression`` is a plain number."""
        match expression:
            case Name(id=name):
                return name in self.hosts
            case Number():
                return True
            case Unary(operand=operand):
                return self.is_host(operand)
            case Binary(left=left, right=right) | Compare(left=left, right=right):
                return self.is_host(left) and self.is_host(right)
            case Logical(values=values):
                return all(map(self.is_host, values))
            case Call(function=name, arguments=arguments):
                return name not in self.lane_calls and all(map(self.is_host, arguments))
            case Choice(condition=condition, if_true=if_true, if_false=if_false):
                return all(map(self.is_host, (condition, if_true, if_false)))
        raise TypeError(expression)

    def __call__(self, expression: Expression) -> str:
        if self.is_host(expression):
            source = render_number(expression)
            # What functions and comparisons give may be numpy's, which does not go with tensors.
            numpys = expression.kind == "boolean" or calls_in(expression)
            return f"_l2l.plain({source})" if numpys else source
        match expression:
            case Name(id=name):
                return name
            case Unary(op="not", operand=operand):
                return f"(~{self(operand)})"
            case Unary(op=op, operand=operand):
                return f"({op}{self(operand)})"
            case Binary():
                return self._binary(expression)
            case Compare(op=op, left=left, right=right):
                kind = max(left.kind, right.kind, key=RANK.get)
                return f"({self.of_kind(left, kind)} {op} {self.of_kind(right, kind)})"
            case Logical(op=op, values=values):
                joint = {"and": " & ", "or": " | "}[op]
                return "(" + joint.join(map(self, values)) + ")"
            case Call():
                return self._call(expression)
            case Choice(condition=condition, if_true=if_true, if_false=if_false):
                branches = [self.of_kind(part, "float") for part in (if_true, if_false)]
                return f"_l2l.where({self(condition)}, {branches[0]}, {branches[1]})"
        raise TypeError(expression)

    def of_kind(self, expression: Expression, kind: str) -> str:
        """Render with a cast, where the kind of a tensor is lower than needed."""
        source = self(expression)
        return source if self.is_host(expression) else cast(source, expression.kind, kind)

    def _binary(self, expression: Binary) -> str:
        kind = expression.kind
        if kind == "boolean":
            kind = "integer"
        left, right = (self.of_kind(side, kind) for side in (expression.left, expression.right))
        if expression.op == "**":
            return f"_l2l.power({left}, {right})"
        if expression.op == "/" and self.is_host(expression.left):
            return f"_l2l.divide({left}, {right})"
        if kind == "integer" and expression.op in WHOLE:
            return f"_l2l.{WHOLE[expression.op]}({left}, {right})"
        return f"({left} {expression.op} {right})"

    def _call(self, expression: Call) -> str:
        name, arguments = expression.function, expression.arguments
        kind = "float" if name in REAL_FUNCTIONS or name in ("ceil", "floor") else "boolean"
        if name == "clip":
            kind = expression.kind
        parts = [self.of_kind(argument, kind) for argument in arguments]
        if name in self.lane_calls:
            parts.insert(0, self.lanes)
        if self.mask is not None and name in self.masked_calls:
            parts.append(f"where={self.mask}")
        source = f"{name}({', '.join(parts)})"
        # Brian2 takes the value of floor() or of a user's function for real even if it is whole.
        keeps_type = REAL_FUNCTIONS | self.lane_calls | {"abs", "sign", "clip"}
        return source if name in keeps_type else cast(source, "integer", expression.kind)


def cast(source: str, kind: str, wanted: str) -> str:
    """Return the source of a tensor with a cast, where its kind is lower than the one wanted."""
    if RANK[kind] >= RANK[wanted]:
        return source
    return f"_l2l.{'real' if wanted == 'float' else 'whole'}({source})"


class SoftRenderer:
    """Render a condition twice: as it is, and as a spike with a surrogate gradient.

    A comparison becomes a spike of its margin; ``and``, ``or`` and ``not`` compose as
    probabilities do. What has no margin (``==``, integers, booleans) has no gradient.

    Parameters
    ----------
    renderer : TensorRenderer
    emit : callable
        Adds a line of source. Each side of a comparison is computed once, on a line of its own.
    """

    def __init__(self, renderer: TensorRenderer, emit: Callable[[str], None]):
        self.renderer, self.emit = renderer, emit
        self.soft: dict[str, str] = {}
        self.count = 0

    def __call__(self, expression: Expression) -> tuple[str, str]:
        """Return the sources of the condition and of the spike."""
        match expression:
            case Compare() if self._has_margin(expression):
                return self._comparison(expression)
            case Logical(op=op, values=values):
                pairs = [self(value) for value in values]
                hard = {"and": " & ", "or": " | "}[op].join(hard for hard, _ in pairs)
                if op == "and":
                    return f"({hard})", "(" + " * ".join(soft for _, soft in pairs) + ")"
                silent = " * ".join(f"(1 - {soft})" for _, soft in pairs)
                return f"({hard})", f"(1 - {silent})"
            case Unary(op="not", operand=operand) if not self.renderer.is_host(operand):
                hard, soft = self(operand)
                return f"(~{hard})", f"(1 - {soft})"
            case Name(id=name) if name in self.soft:
                return name, self.soft[name]
        hard = self.renderer(expression)
        return hard, f"_l2l.real({hard})"

    def _has_margin(self, expression: Compare) -> bool:
        sides = (expression.left, expression.right)
        real = any(side.kind == "float" for side in sides)
        return expression.op in MARGINS and real and not self.renderer.is_host(expression)

    def _comparison(self, expression: Compare) -> tuple[str, str]:
        self.count += 1
        left, right, fired, spike = (
            f"_{part}_{self.count}" for part in ("left", "right", "fired", "spike")
        )
        self.emit(f"{left} = {self.renderer.of_kind(expression.left, 'float')}")
        self.emit(f"{right} = {self.renderer.of_kind(expression.right, 'float')}")
        self.emit(f"{fired} = {left} {expression.op} {right}")
        margin = MARGINS[expression.op].format(left, right)
        self.emit(f"{spike} = _l2l.spike({fired}, {margin}, {right})")
        return fired, spike
