"""Typed expression trees: what stands on the right-hand side of a statement.

Brian2 hands over expressions as strings. They are parsed once, by Brian2's own rules for
types, into the frozen trees below, which every lowering walks.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from functools import cache

from brian2.core.variables import AuxiliaryVariable
from brian2.parsing.bast import brian_ast

__all__ = [
    "Expression",
    "Name",
    "Number",
    "Unary",
    "Binary",
    "Compare",
    "Logical",
    "Call",
    "Choice",
    "parse",
    "names_in",
    "calls_in",
    "substitute",
    "children",
    "with_children",
]

BINARY = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
}
COMPARE = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!="}
UNARY = {ast.USub: "-", ast.UAdd: "+", ast.Not: "not"}


@dataclass(frozen=True)
class Expression:
    """A node; ``kind`` is one of ``'boolean'``, ``'integer'``, ``'float'``."""

    kind: str


@dataclass(frozen=True)
class Name(Expression):
    """A variable."""

    id: str

    def __str__(self):
        return self.id


@dataclass(frozen=True)
class Number(Expression):
    """A literal."""

    value: bool | int | float

    def __str__(self):
        return repr(self.value)


@dataclass(frozen=True)
class Unary(Expression):
    """``-x``, ``+x`` or ``not x``."""

    op: str
    operand: Expression

    def __str__(self):
        return f"({self.op} {self.operand})"


@dataclass(frozen=True)
class Binary(Expression):
    """An arithmetic operation."""

    op: str
    left: Expression
    right: Expression

    def __str__(self):
        return f"({self.left} {self.op} {self.right})"


@dataclass(frozen=True)
class Compare(Expression):
    """A comparison; in a threshold its margin is what the surrogate gradient acts on."""

    op: str
    left: Expression
    right: Expression

    def __str__(self):
        return f"({self.left} {self.op} {self.right})"


@dataclass(frozen=True)
class Logical(Expression):
    """``and`` or ``or`` over two or more conditions."""

    op: str
    values: tuple[Expression, ...]

    def __str__(self):
        return "(" + f" {self.op} ".join(map(str, self.values)) + ")"


@dataclass(frozen=True)
class Call(Expression):
    """A function call."""

    function: str
    arguments: tuple[Expression, ...]

    def __str__(self):
        return f"{self.function}({', '.join(map(str, self.arguments))})"


@dataclass(frozen=True)
class Choice(Expression):
    """One of two expressions, by a condition."""

    condition: Expression
    if_true: Expression
    if_false: Expression

    def __str__(self):
        return f"where({self.condition}, {self.if_true}, {self.if_false})"


def parse(text: str, variables: Mapping[str, object]) -> Expression:
    """Parse ``text`` with Brian2's typing rules.

    Parameters
    ----------
    text : str
        The right-hand side of a Brian2 statement.
    variables : dict
        Brian2 ``Variable`` and ``Function`` objects by name.

    Returns
    -------
    expression : Expression
    """
    return _convert(brian_ast(text, dict(variables)))


def _convert(node) -> Expression:
    kind = node.dtype
    match node:
        case ast.Constant():
            return Number(kind, _plain(node.value))
        case ast.Name(id="True" | "False"):
            return Number("boolean", node.id == "True")
        case ast.Name():
            return Name(kind, node.id)
        case ast.UnaryOp() if type(node.op) in UNARY:
            return Unary(kind, UNARY[type(node.op)], _convert(node.operand))
        case ast.BinOp() if type(node.op) in BINARY:
            return Binary(kind, BINARY[type(node.op)], _convert(node.left), _convert(node.right))
        case ast.BoolOp():
            op = "and" if isinstance(node.op, ast.And) else "or"
            return Logical(kind, op, tuple(_convert(value) for value in node.values))
        case ast.Compare(ops=[op], comparators=[right]):
            return Compare(kind, COMPARE[type(op)], _convert(node.left), _convert(right))
        case ast.Call():
            return Call(kind, node.func.id, tuple(_convert(arg) for arg in node.args))
    raise SyntaxError(f"Brian2 expressions do not support '{ast.unparse(node)}'.")


def _plain(value):
    return value.item() if hasattr(value, "item") else value


def auxiliary(name: str, kind: str, scalar: bool) -> AuxiliaryVariable:
    """Return the variable that Brian2's typing rules need for a local ``name``."""
    dtype = {"boolean": bool, "integer": int, "float": float}[kind]
    return AuxiliaryVariable(name, dtype=dtype, scalar=scalar)


@cache
def _fields(kind: type[Expression]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def children(expression: Expression) -> tuple[Expression, ...]:
    """Return the direct sub-expressions."""
    found = []
    for name in _fields(type(expression)):
        value = getattr(expression, name)
        found.extend(value if isinstance(value, tuple) else [value])
    return tuple(child for child in found if isinstance(child, Expression))


def names_in(expression: Expression) -> frozenset[str]:
    """Return the names of all variables in ``expression``."""
    own = {expression.id} if isinstance(expression, Name) else set()
    return frozenset(own.union(*map(names_in, children(expression))))


def calls_in(expression: Expression) -> frozenset[str]:
    """Return the names of all functions called in ``expression``."""
    own = {expression.function} if isinstance(expression, Call) else set()
    return frozenset(own.union(*map(calls_in, children(expression))))


def with_children(expression: Expression, change: Callable[[Expression], Expression]) -> Expression:
    """Return an expression whose direct sub-expressions are changed by a function."""
    changes = {}
    for name in _fields(type(expression)):
        value = getattr(expression, name)
        if isinstance(value, tuple):
            changes[name] = tuple(map(change, value))
        elif isinstance(value, Expression):
            changes[name] = change(value)
    return replace(expression, **changes)


def substitute(expression: Expression, values: Mapping[str, Expression]) -> Expression:
    """Replace names by expressions."""
    if isinstance(expression, Name):
        return values.get(expression.id, expression)
    return with_children(expression, lambda child: substitute(child, values))
