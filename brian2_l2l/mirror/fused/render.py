"""Values of a graph -> C++ expressions."""

from __future__ import annotations

import ast
import hashlib
import math
from collections.abc import Callable

from .graph import Graph
from .layout import TORCH_TYPES

__all__ = ["Renderer", "number", "surrogate_function", "surrogate_name", "truth"]

INFIX = {
    "add": "+",
    "sub": "-",
    "mul": "*",
    "lt": "<",
    "le": "<=",
    "gt": ">",
    "ge": ">=",
    "eq": "==",
    "ne": "!=",
    "and": "&",
    "or": "|",
}
#: What is not made of its arguments alone.
LEAVES = ("load", "fired", "gate", "table", "row", "uniform", "column", "divisor")
CALLS = {"mod": "l2l::mod", "pow": "l2l::power", "floordiv": "l2l::floor_divide"}
CALLS |= {"finite": "l2l::finite"}


class Renderer:
    """Render the values of one graph, each once, in the order of the program.

    Parameters
    ----------
    graph : Graph
    leaf : callable
        From the number of one of `LEAVES` to its expression.
    host : callable
        From the name of a number that is the same for all lanes to its expression.
    """

    def __init__(self, graph: Graph, leaf: Callable[[int], str], host: Callable[[str], str]):
        self.graph, self.leaf, self.host = graph, leaf, host
        self.known: dict[int, str] = {}

    def __call__(self, value: int) -> str:
        """Return the expression of a value, which has been declared if it is no constant."""
        node = self.graph[value]
        if node.operation == "constant":
            return number(node.data[1], node.type)
        if node.operation == "host":
            return f"{self.type(value)}({self.host(node.data)})"
        return self.known[value]

    def type(self, value: int) -> str:
        """Return the C++ type of a value."""
        type_ = self.graph[value].type
        return "bool" if type_ == "bool" else TORCH_TYPES[type_]

    def declare(self, value: int) -> str | None:
        """Return the line that computes a value; None for constants and what is known already."""
        node = self.graph[value]
        if value in self.known or node.operation in ("constant", "host"):
            return None
        hint = self.graph.hints.get(value, "").strip("_")
        name = f"{hint or 'x'}_{value}"
        source = self._source(value)
        self.known[value] = name
        return f"const {self.type(value)} {name} = {source};"

    def _source(self, value: int) -> str:
        node = self.graph[value]
        if node.operation in LEAVES:
            return self.leaf(value)
        parts = [self(argument) for argument in node.arguments]
        match node.operation:
            case "div":
                return f"{parts[0]} / {parts[1]}"
            case "neg":
                return f"-{parts[0]}"
            case "not":
                return f"!{parts[0]}"
            case "select" | "blend":
                chosen = (parts[0], parts[-2], parts[-1])
                return "{} ? {} : {}".format(*chosen)
            case "gated":
                return f"{parts[0]} ? {parts[2]} : {number(0, node.type)}"
            case "spike":
                return f"real({parts[0]})"
            case "cast":
                return self._cast(node, parts[0])
            case "surrogate":
                return f"{surrogate_name(node.data)}({parts[0]})"
            case "call":
                return f"l2l::{node.data}({', '.join(parts)})"
        if node.operation in INFIX:
            return f"{parts[0]} {INFIX[node.operation]} {parts[1]}"
        return f"{CALLS[node.operation]}({', '.join(parts)})"

    def _cast(self, node, part: str) -> str:
        source = self.graph[node.arguments[0]].type
        if node.type in ("int32", "int64") and source in ("real", "double"):
            return f"l2l::whole<{TORCH_TYPES[node.type]}>({part})"
        if node.type == "bool":
            return f"{part} != 0"
        if source == "bool" and node.type in ("real", "double"):
            # As for `truth`.
            return f"{part} ? {number(1, node.type)} : {number(0, node.type)}"
        return f"{TORCH_TYPES[node.type]}({part})"


def number(value, type_: str) -> str:
    """Return a literal."""
    if type_ == "bool":
        return "true" if value else "false"
    if type_ in ("int32", "int64"):
        return f"{TORCH_TYPES[type_]}({int(value)})"
    value = float(value)
    if math.isnan(value):
        return f"std::numeric_limits<{type_}>::quiet_NaN()"
    if math.isinf(value):
        return f"{'-' if value < 0 else ''}std::numeric_limits<{type_}>::infinity()"
    return f"{type_}({value!r})"


def truth(condition: str) -> str:
    """Return a condition as it stands in a row."""
    # GCC makes vectors of a choice, and not of a truth value that becomes a number.
    return f"{condition} ? truth(1) : truth(0)"


def surrogate_name(surrogate) -> str:
    """Return the name of the C++ function of a surrogate's derivative."""
    text = f"{surrogate.derivative} {sorted(surrogate.parameters.items())}"
    return f"surrogate_{hash_of(text)}"


def hash_of(text: str) -> str:
    """Return a short name of a text, the same in every process."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def surrogate_function(surrogate) -> str:
    """Return the C++ function of a surrogate's derivative."""
    tree = ast.parse(surrogate.derivative, mode="eval").body
    body = _surrogate(tree, surrogate.parameters)
    return (
        f"// {surrogate.derivative}, {dict(surrogate.parameters)}\n"
        f"template <class T> L2L_INLINE T {surrogate_name(surrogate)}(T x) {{ return {body}; }}"
    )


def _surrogate(node: ast.expr, parameters) -> str:
    def part(child):
        return _surrogate(child, parameters)

    match node:
        case ast.Constant(value=value):
            return f"T({float(value)!r})"
        case ast.Name(id="x"):
            return "x"
        case ast.Name(id="pi"):
            return f"T({math.pi!r})"
        case ast.Name(id=name):
            return f"T({parameters[name]!r})"
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return f"(-{part(operand)})"
        case ast.UnaryOp(operand=operand):
            return part(operand)
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            return f"l2l::power({part(left)}, {part(right)})"
        case ast.BinOp(left=left, op=op, right=right):
            sign = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}[type(op)]
            return f"({part(left)} {sign} {part(right)})"
        case ast.Call(func=ast.Name(id="int"), args=[ast.Compare(left=left, ops=[op]) as compared]):
            signs = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
            return f"T({part(left)} {signs[type(op)]} {part(compared.comparators[0])})"
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return f"l2l::{name}({', '.join(map(part, arguments))})"
    raise TypeError(ast.unparse(node))
