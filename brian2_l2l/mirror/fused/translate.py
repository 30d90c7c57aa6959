"""Expression -> values of a `Graph`, with the types that the plain lowering gives them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ...spec.expressions import (
    Binary,
    Call,
    Choice,
    Compare,
    Expression,
    Logical,
    Name,
    Number,
    Unary,
    names_in,
)
from ...spec.network_spec import Block
from ..functions import REAL_FUNCTIONS
from ..render import RANK, TensorRenderer, render_number
from ..stages import Stage
from .coverage import not_covered
from .graph import Graph

__all__ = ["Host", "Translator", "host_name"]

OPERATIONS = {"+": "add", "-": "sub", "*": "mul", "/": "div", "%": "mod", "//": "floordiv"}
COMPARISONS = {"<": "lt", "<=": "le", ">": "gt", ">=": "ge", "==": "eq", "!=": "ne"}
MARGINS = {">": False, ">=": False, "<": True, "<=": True}
OF_KIND = {"boolean": "bool", "integer": "int32", "float": "real"}
KIND_OF = {"bool": "boolean", "int32": "integer", "int64": "integer"}


@dataclass(frozen=True)
class Host:
    """A number that is the same in all trials and lanes; it takes the type of what it meets."""

    kind: str
    value: object = None
    source: str = ""


def host_name(block: Block, source: str) -> str:
    """Return the name of a number that is the same in all trials and lanes."""
    return f"{block.name}: {source}"


def source_of(name: str) -> str:
    """Return the source of a number from its name."""
    return name.partition(": ")[2]


class Translator:
    """Translates the expressions of one block.

    Parameters
    ----------
    graph : Graph
    block : Block
    stages : mapping of str to Stage
    namespace : mapping
        The numbers and functions that the block's constants are computed with.
    read : callable
        From a name to the value of a variable that is no local one.
    host : callable
        From the source of a number that changes with time to its name in the program.
    draw : callable
        From a call and its values to a random number.
    look_up : callable
        From a call and its values to an entry of a timed array.
    """

    def __init__(
        self,
        graph: Graph,
        block: Block,
        stages: Mapping[str, Stage],
        namespace: Mapping[str, object],
        *,
        read: Callable,
        host: Callable,
        draw: Callable,
        look_up: Callable,
    ):
        self.graph, self.block, self.stages, self.namespace = graph, block, stages, namespace
        self.read, self.host, self.draw, self.look_up = read, host, draw, look_up
        self.spike: tuple | None = None
        self.locals: dict[str, int] = {}
        self.softs: dict[str, int] = {}
        hosts = frozenset(name for name, stage in stages.items() if stage.host)
        calls = {n for n, f in block.functions.items() if f.family in ("random", "timed array")}
        self.renderer = TensorRenderer(hosts, frozenset(calls))

    # ------------------------------------------------------------ types

    def value(self, expression: Expression, kind: str) -> int:
        """Return an expression's value, cast upwards to a kind where it is lower."""
        return self._of_kind(self.any(expression), kind)

    def any(self, expression: Expression) -> int | Host:
        """Return the value of an expression, or the number that it is for all lanes."""
        if self.renderer.is_host(expression):
            return self._number(expression)
        match expression:
            case Name(id=name):
                return self.locals[name] if name in self.locals else self.read(name)
            case Unary(op="not", operand=operand):
                return self.graph.unary("not", self._of_kind(self.any(operand), "boolean"))
            case Unary(op="-", operand=operand):
                return self.graph.unary("neg", self.any(operand))
            case Unary(operand=operand):
                return self.any(operand)
            case Binary():
                return self._binary(expression)
            case Compare(op=op, left=left, right=right):
                return self._compared(op, *self._sides(left, right))
            case Logical(op=op, values=values):
                return self._joined(op, [self.value(value, "boolean") for value in values])
            case Call():
                return self._call(expression)
            case Choice(condition=condition, if_true=if_true, if_false=if_false):
                sides = self._pair(self._lifted(if_true, "float"), self._lifted(if_false, "float"))
                return self.graph.select(self.value(condition, "boolean"), *sides)
        raise TypeError(expression)

    def _number(self, expression: Expression) -> Host:
        if isinstance(expression, Number):
            return Host(expression.kind, expression.value)
        source = render_number(expression)
        if all(self.stages[n].once for n in names_in(expression) if n in self.stages):
            return Host(expression.kind, eval(source, dict(self.namespace)))
        return Host(expression.kind, source=source)

    def _typed(self, value: int | Host, type_: str) -> int:
        if not isinstance(value, Host):
            return self.graph.cast(type_, value)
        if value.source:
            return self.graph.host(self.host(value.source, value.kind), type_)
        return self.graph.constant(value.value, type_)

    def _of_kind(self, value: int | Host, kind: str) -> int:
        if isinstance(value, Host):
            return self._typed(value, OF_KIND[max(kind, value.kind, key=RANK.get)])
        present = KIND_OF.get(self.graph[value].type, "float")
        return value if RANK[present] >= RANK[kind] else self.graph.cast(OF_KIND[kind], value)

    def _lifted(self, expression: Expression, kind: str) -> int | Host:
        value = self.any(expression)
        return value if isinstance(value, Host) else self._of_kind(value, kind)

    def _pair(self, left: int | Host, right: int | Host) -> tuple[int, int]:
        # A plain number does not decide on the type.
        if isinstance(left, Host) and isinstance(right, Host):
            return self._of_kind(left, "float"), self._of_kind(right, "float")
        if isinstance(left, Host):
            return self._typed(left, self.graph[right].type), right
        if isinstance(right, Host):
            return left, self._typed(right, self.graph[left].type)
        return left, right

    def _sides(self, left: Expression, right: Expression) -> tuple[int, int]:
        kind = max(left.kind, right.kind, key=RANK.get)
        return self._pair(self._lifted(left, kind), self._lifted(right, kind))

    # ------------------------------------------------------- operations

    def _binary(self, expression: Binary) -> int:
        kind = "integer" if expression.kind == "boolean" else expression.kind
        sides = (self._lifted(side, kind) for side in (expression.left, expression.right))
        left, right = self._pair(*sides)
        whole = kind == "integer"
        if expression.op == "**":
            if whole:
                not_covered(self.block, "whole power")
            return self.graph.binary("pow", left, right)
        if expression.op == "//" and not whole:
            not_covered(self.block, "floor division")
        return self.graph.binary(OPERATIONS[expression.op], left, right)

    def _compared(self, op: str, left: int, right: int) -> int:
        latest = self._latest(left, right) if op == ">=" else None
        if latest is not None:
            return self.graph.compare("le", *latest)
        return self.graph.compare(COMPARISONS[op], left, right)

    def _latest(self, left: int, right: int) -> tuple[int, int] | None:
        """Return a time, and the latest one that is so many steps ago, if this is compared."""
        # No rounding makes an earlier time the later one, so there is a latest time, to the bit.
        graph, elapsed, steps = self.graph, self.graph[left], self.graph[right]
        if elapsed.data != "timestep" or steps.operation != "constant":
            return None
        between, dt = (graph[argument] for argument in elapsed.arguments)
        if between.operation != "sub" or dt.operation != "constant":
            return None
        now, before = (graph[argument] for argument in between.arguments)
        if now.operation != "host" or before.type != "double":
            return None
        source = f"_latest({source_of(now.data)}, {dt.data[1]!r}, {steps.data[1]!r})"
        return between.arguments[1], graph.host(self.host(source, "float"), "double")

    def _joined(self, op: str, values: list[int]) -> int:
        joined = values[0]
        for value in values[1:]:
            joined = self.graph.add(op, "bool", (joined, value))
        return joined

    def _call(self, expression: Call) -> int:
        name = expression.function
        family = self.block.functions[name].family
        if family == "user":
            not_covered(self.block, "user function")
        if family == "random":
            return self.draw(expression)
        if family == "timed array":
            return self.look_up(expression, [self.any(a) for a in expression.arguments])
        return self._default(name, expression)

    def _default(self, name: str, expression: Call) -> int:
        graph, arguments = self.graph, expression.arguments
        if name in REAL_FUNCTIONS:
            argument = self.value(arguments[0], "float")
            return graph.call(name, graph[argument].type, argument)
        if name == "timestep":
            time, step = (graph.cast("double", self.value(a, "float")) for a in arguments)
            return graph.call("timestep", "int64", time, step)
        if name in ("ceil", "floor"):
            argument = self.value(arguments[0], "float")
            whole = graph.cast("int32", graph.call(name, graph[argument].type, argument))
            return self._of_kind(whole, expression.kind)
        if name == "int":
            return self._of_kind(self._whole(arguments[0]), expression.kind)
        if name == "clip":
            return self._clip(expression)
        argument = self.any(arguments[0])
        return graph.call(name, graph[argument].type, argument)

    def _whole(self, argument: Expression) -> int:
        return self.graph.cast("int32", self.any(argument))

    def _clip(self, expression: Call) -> int:
        values = [self._lifted(a, expression.kind) for a in expression.arguments]
        like = next(value for value in values if not isinstance(value, Host))
        typed = [self._typed(value, self.graph[like].type) for value in values]
        return self.graph.call("clip", self.graph[like].type, *typed)

    # ------------------------------------------------------- conditions

    def soft(self, expression: Expression) -> tuple[int, int]:
        """Return a condition, and the spike with its surrogate gradient that stands for it."""
        graph = self.graph
        match expression:
            case Compare(op=op) if self._has_margin(expression):
                left, right = self._sides(expression.left, expression.right)
                fired = graph.compare(COMPARISONS[op], left, right)
                ends = (right, left) if MARGINS[op] else (left, right)
                margin = graph.binary("sub", *ends)
                return fired, graph.add("spike", "real", (fired, margin, right), self.spike)
            case Logical(op=op, values=values):
                pairs = [self.soft(value) for value in values]
                fired = self._joined(op, [fired for fired, _ in pairs])
                return fired, self._together(op, [spike for _, spike in pairs])
            case Unary(op="not", operand=operand) if not self.renderer.is_host(operand):
                fired, spike = self.soft(operand)
                return graph.unary("not", fired), self._opposite(spike)
            case Name(id=name) if name in self.softs:
                return self.locals[name], self.softs[name]
        fired = self.value(expression, "boolean")
        return fired, graph.cast("real", fired)

    def _together(self, op: str, spikes: list[int]) -> int:
        if op == "or":
            spikes = [self._opposite(spike) for spike in spikes]
        product = spikes[0]
        for spike in spikes[1:]:
            product = self.graph.binary("mul", product, spike)
        return self._opposite(product) if op == "or" else product

    def _opposite(self, spike: int) -> int:
        return self.graph.binary("sub", self.graph.constant(1, "real"), spike)

    def _has_margin(self, expression: Compare) -> bool:
        sides = (expression.left, expression.right)
        real = any(side.kind == "float" for side in sides)
        return expression.op in MARGINS and real and not self.renderer.is_host(expression)
