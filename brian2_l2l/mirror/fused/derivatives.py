"""The derivatives of single operations, as torch has them in the plain lowering."""

from __future__ import annotations

import math
from collections.abc import Callable

from .graph import Graph

__all__ = ["FUNCTIONS", "pull_back"]


def pull_back(graph: Graph, value: int, bar: int, wanted: Callable[[int], bool]):
    """Yield (argument, its share of the adjoint) for the arguments of a value.

    Parameters
    ----------
    graph : Graph
    value : int
    bar : int
        The adjoint of the value.
    wanted : callable
        Tells which arguments have an adjoint.
    """
    node = graph[value]
    rule = FUNCTIONS[node.data] if node.operation == "call" else RULES.get(node.operation)
    if rule is None:
        return
    for argument, share in rule(graph, value, bar, wanted):
        yield argument, graph.cast(graph[argument].type, share)


def _number(graph, value, number):
    return graph.constant(number, graph[value].type)


def _masked(graph, condition, value):
    return graph.select(condition, value, _number(graph, value, 0))


def _add(graph, value, bar, wanted):
    return [(a, bar) for a in graph[value].arguments if wanted(a)]


def _sub(graph, value, bar, wanted):
    left, right = graph[value].arguments
    if wanted(left):
        yield left, bar
    if wanted(right):
        yield right, graph.unary("neg", bar)


def _mul(graph, value, bar, wanted):
    left, right = graph[value].arguments
    if wanted(left):
        yield left, graph.binary("mul", bar, right)
    if wanted(right):
        yield right, graph.binary("mul", bar, left)


def _div(graph, value, bar, wanted):
    left, right = graph[value].arguments
    share = graph.binary("div", bar, right)
    if wanted(left):
        yield left, share
    if wanted(right):
        yield right, graph.unary("neg", graph.binary("mul", share, value))


def _mod(graph, value, bar, wanted):
    left, right = graph[value].arguments
    if wanted(left):
        yield left, bar
    if wanted(right):
        ratio = graph.call("floor", graph[value].type, graph.binary("div", left, right))
        yield right, graph.unary("neg", graph.binary("mul", bar, ratio))


def _pow(graph, value, bar, wanted):
    base, exponent = graph[value].arguments
    zero, one = _number(graph, value, 0), _number(graph, value, 1)
    if wanted(base):
        lower = graph.binary("pow", base, graph.binary("sub", exponent, one))
        slope = graph.binary("mul", exponent, lower)
        slope = graph.select(graph.compare("eq", exponent, zero), zero, slope)
        yield base, graph.binary("mul", bar, slope)
    if wanted(exponent):
        slope = graph.binary("mul", value, graph.call("log", graph[value].type, base))
        flat = graph.add(
            "and", "bool", (graph.compare("eq", base, zero), graph.compare("ge", exponent, zero))
        )
        yield exponent, graph.binary("mul", bar, graph.select(flat, zero, slope))


def _neg(graph, value, bar, wanted):
    return [(graph[value].arguments[0], graph.unary("neg", bar))]


def _cast(graph, value, bar, wanted):
    return [(graph[value].arguments[0], bar)]


def _select(graph, value, bar, wanted):
    condition, if_true, if_false = graph[value].arguments
    zero = _number(graph, value, 0)
    if wanted(if_true):
        yield if_true, graph.select(condition, bar, zero)
    if wanted(if_false):
        yield if_false, graph.select(condition, zero, bar)


def _spike(graph, value, bar, wanted):
    _, margin, threshold = graph[value].arguments
    surrogate, scale = graph[value].data
    type_ = graph[margin].type
    size = graph.call("abs", type_, graph.cast(type_, threshold))
    one = graph.constant(1, type_)
    if scale is None:
        flat = graph.compare("eq", size, graph.constant(0, type_))
        narrow = graph.binary("div", one, graph.select(flat, one, size))
    else:
        narrow = graph.constant(1 / scale, type_)
    scaled = graph.binary("mul", margin, narrow)
    slope = graph.add("surrogate", type_, (scaled,), surrogate)
    share = graph.binary("mul", graph.binary("mul", bar, slope), narrow)
    if wanted(margin):
        yield margin, share
    if wanted(threshold) and scale is None:
        # The margin is divided by the magnitude of the threshold.
        sign = graph.call("sign", type_, graph.cast(type_, threshold))
        change = graph.binary("mul", share, graph.binary("mul", scaled, sign))
        yield threshold, graph.unary("neg", change)


def _blend(graph, value, bar, wanted):
    fired, gate, after, before = graph[value].arguments
    zero, added = _number(graph, value, 0), _added(graph, after, before)
    if added is not None:
        # The old value stays in either case.
        if wanted(before):
            yield before, bar
        if wanted(added):
            share = graph.select(fired, bar, zero)
            yield added, share if graph[after].operation == "add" else graph.unary("neg", share)
    else:
        if wanted(after):
            yield after, graph.select(fired, bar, zero)
        if wanted(before):
            yield before, graph.select(fired, zero, bar)
    if wanted(gate) and not graph[value].data:
        change = graph.unary("finite", _change(graph, after, before, added))
        yield gate, graph.binary("mul", bar, change)


def _added(graph, after, before):
    """Return what was added to ``before``, or taken from it, if that is all that happened."""
    node = graph[after]
    changed = node.operation in ("add", "sub") and node.arguments[0] == before
    return node.arguments[1] if changed else None


def _change(graph, after, before, added):
    if added is None:
        return graph.binary("sub", after, before)
    return added if graph[after].operation == "add" else graph.unary("neg", added)


def _gated(graph, value, bar, wanted):
    fired, gate, opened = graph[value].arguments
    if wanted(opened):
        yield opened, _masked(graph, fired, bar)
    if wanted(gate):
        yield gate, graph.binary("mul", bar, graph.unary("finite", opened))


RULES = {
    "add": _add,
    "sub": _sub,
    "mul": _mul,
    "div": _div,
    "mod": _mod,
    "pow": _pow,
    "neg": _neg,
    "cast": _cast,
    "select": _select,
    "spike": _spike,
    "blend": _blend,
    "gated": _gated,
}


def _function(slope: Callable) -> Callable:
    """Return the rule of a function of one argument; ``slope`` is made of the graph, x and y."""

    def rule(graph, value, bar, wanted):
        (argument,) = graph[value].arguments
        return [(argument, slope(graph, bar, argument, value))]

    return rule


def _one(graph, value):
    return _number(graph, value, 1)


def _square(graph, value):
    return graph.binary("mul", value, value)


def _times(of: Callable) -> Callable:
    return _function(lambda g, bar, x, y: g.binary("mul", bar, of(g, x, y)))


def _over(of: Callable) -> Callable:
    return _function(lambda g, bar, x, y: g.binary("div", bar, of(g, x, y)))


def _call(name: str) -> Callable:
    return lambda g, x, y: g.call(name, g[x].type, x)


def _root_of_rest(g, x, y):
    return g.call("sqrt", g[x].type, g.binary("sub", _one(g, x), _square(g, x)))


def _exprel(g, x, y):
    small = g.compare("lt", g.call("abs", g[x].type, x), _number(g, x, 1e-16))
    slope = g.binary("div", g.binary("sub", g.call("exp", g[x].type, x), y), x)
    return g.select(small, _number(g, x, 0), slope)


def _clip(graph, value, bar, wanted):
    # The lower bound first, and the upper one of the result, also where it is the lower of both.
    x, low, high = graph[value].arguments
    below = graph.compare("lt", x, low)
    raised = graph.select(below, low, x)
    inside = _masked(graph, graph.compare("le", raised, high), bar)
    if wanted(x):
        yield x, _masked(graph, graph.compare("ge", x, low), inside)
    if wanted(low):
        yield low, _masked(graph, below, inside)
    if wanted(high):
        yield high, _masked(graph, graph.compare("gt", raised, high), bar)


FUNCTIONS: dict[str, Callable | None] = {
    "exp": _times(lambda g, x, y: y),
    "expm1": _times(lambda g, x, y: g.binary("add", y, _one(g, x))),
    "exprel": _times(_exprel),
    "log": _over(lambda g, x, y: x),
    "log10": _over(lambda g, x, y: g.binary("mul", x, _number(g, x, math.log(10)))),
    "log1p": _over(lambda g, x, y: g.binary("add", x, _one(g, x))),
    "sqrt": _over(lambda g, x, y: g.binary("add", y, y)),
    "sin": _times(_call("cos")),
    "cos": _times(lambda g, x, y: g.unary("neg", g.call("sin", g[x].type, x))),
    "tan": _times(lambda g, x, y: g.binary("add", _square(g, y), _one(g, x))),
    "sinh": _times(_call("cosh")),
    "cosh": _times(_call("sinh")),
    "tanh": _times(lambda g, x, y: g.binary("sub", _one(g, x), _square(g, y))),
    "arcsin": _over(_root_of_rest),
    "arccos": _over(lambda g, x, y: g.unary("neg", _root_of_rest(g, x, y))),
    "arctan": _over(lambda g, x, y: g.binary("add", _square(g, x), _one(g, x))),
    "abs": _times(_call("sign")),
    "clip": _clip,
    "sign": None,
    "floor": None,
    "ceil": None,
    "timestep": None,
    "row": None,
}
