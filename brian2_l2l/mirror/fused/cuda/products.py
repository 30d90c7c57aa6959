"""The pieces of synapses that add constant weights, and of their adjoint, for a team of threads.

Forward, the threads share out the targets, and each adds up the weights of the events in their
order. That order is fixed because the backward pass runs segments again and must meet the same
spikes. Backward, each thread takes sources and sums over all targets, if there are enough sources
for most threads; the weights lie column after column for it. Else neighbouring lanes share out the
targets of a source. The gradient of the weights is common to all trials; teams add to it as they
come, so that it varies from run to run by rounding.
"""

from __future__ import annotations

from ..context import Context
from ..edges import restores, saves
from ..operations import Product
from ..pieces import Piece, delays_of, indented
from .barriers import fenced
from .lanes import DELAYS, EACH
from .near import NearParts

__all__ = ["product_backward", "product_forward"]

#: The lanes for a compressed row, which is short.
LANES_OF_ROW = 8
FIRST = "const int32_t* const first = {};"
LANES_OF = "for (int k = {0} + l2l::lane(); k < {1}; k += l2l::WARP)"


def product_forward(context: Context, number: int) -> list[Piece]:
    """Return the piece that adds the weights of all events that arrive."""
    product: Product = context.operations[number]
    parts = NearParts(context, number)
    lines = [*saves(context, number), f"real* const target = {context.address(product.target)};"]
    if product.guard:
        lines += ["real* const sum = tile.scratch.data;"]
        lines += [f"l2l::clear(sum, {product.targets});"]
    else:
        lines += ["real* const sum = target;"]
    gather = _gather_dense(parts) if parts.matrix.dense else _gather_sparse(parts)
    lines += fenced([delays_of(product.matrix.delays, DELAYS), *gather])
    if product.guard:
        lines += [
            f"const truth* const guard = {context.address(product.guard)};",
            EACH.format("i", product.targets),
            "    target[i] = guard[i] ? target[i] + sum[i] : target[i];",
            "}",
        ]
    return [Piece(product.name, tuple(lines))]


def _gather_dense(parts: NearParts) -> list[str]:
    return [
        EACH.format("i", parts.product.targets),
        "    real total = sum[i];",
        *indented(parts.for_each_event([f"total += {parts.weights}[{parts.row} + i];"])),
        "    sum[i] = total;",
        "}",
    ]


def _gather_sparse(parts: NearParts) -> list[str]:
    # The targets of a row ascend, and each warp takes a range of them: no two warps meet, and the
    # lanes of a warp are at the same event.
    return parts.for_each_event(
        [
            f"const int32_t* const bound = {parts.bounds} + l2l::warp();",
            LANES_OF.format("bound[0]", "bound[1]"),
            f"    sum[{parts.targets}[k]] += {parts.weights}[k];",
            "__syncwarp();",
        ]
    )


def product_backward(context: Context, number: int) -> list[Piece]:
    """Return the pieces of the adjoint: gradients of spikes and of weights."""
    product: Product = context.operations[number]
    parts = NearParts(context, number)
    head, lines = [], []
    if context.arrays[product.target].active:
        head = _lambda(parts)
        if parts.carries_back:
            lines += _spike_gradient(parts)
        if context.arrays[product.weight].active:
            lines += _weight_gradient(parts)
    if lines:
        lines = [*head, *fenced([delays_of(product.matrix.delays, DELAYS), *lines])]
    lines += restores(context, number)
    return [Piece(product.name, tuple(lines))] if lines else []


def _lambda(parts: NearParts) -> list[str]:
    """Return the lines that make the adjoint of what the synapses add."""
    context, product = parts.context, parts.product
    bar = context.address(f"~{product.target}")
    if not product.guard:
        return [f"const real* const from = {bar};"]
    lines, guard = parts.old_guard()
    return [
        *lines,
        "real* const from = tile.scratch.data;",
        f"const real* const bar = {bar};",
        f"const truth* const guard = {guard};",
        EACH.format("i", product.targets),
        "    from[i] = guard[i] ? bar[i] : real(0);",
        "}",
    ]


def _spike_gradient(parts: NearParts) -> list[str]:
    event = parts.context.events[parts.product.event]
    if parts.is_turned:
        lines = _turned_sums(parts)
    elif parts.matrix.dense:
        term = f"{parts.weights}[{parts.row} + k] * from[k]"
        lines = _lane_sums(parts, "l2l::WARP", ("0", parts.product.targets), term)
    else:
        term = f"{parts.weights}[k] * from[{parts.targets}[k]]"
        lines = _lane_sums(parts, LANES_OF_ROW, ("first[source]", "first[source + 1]"), term)
        lines = [FIRST.format(parts.rows), *lines]
    return [
        f"for (int d = 0; d < {parts.count}; ++d) {{",
        f"    real* const to = {parts.context.event_bar(event, 'delays[d]')};",
        *indented(lines),
        "}",
    ]


def _turned_sums(parts: NearParts) -> list[str]:
    sources, targets = parts.product.sources, parts.product.targets
    columns = f"tile.work->turned_{parts.number}.data + d * {parts.turned_size}L"
    return [f"l2l::add_product<{targets}, {sources}, {parts.turned_stride}>({columns}, from, to);"]


def _lane_sums(parts: NearParts, lanes, bounds, term: str) -> list[str]:
    return [
        f"l2l::add_sums<{lanes}>({parts.product.sources}, to, [&](int source, int part) {{",
        "    real sum = 0;",
        f"    for (int k = {bounds[0]} + part; k < {bounds[1]}; k += {lanes}) sum += {term};",
        "    return sum;",
        "});",
    ]


def _weight_gradient(parts: NearParts) -> list[str]:
    product, gradient = parts.product, f"tile.work->gradient_{parts.number}.data"
    if parts.matrix.dense:
        row = f"{gradient} + {parts.row}"
        lines = [EACH.format("i", product.targets), f"    atomicAdd({row} + i, from[i]);", "}"]
        add = parts.for_each_event(lines)
    else:
        bounds = "int k = first[source] + l2l::thread(), end = first[source + 1]"
        each = f"for ({bounds}; k < end; k += l2l::THREADS)"
        entry = f"atomicAdd({gradient} + k, from[{parts.targets}[k]]);"
        add = parts.for_each_event([each, f"    {entry}"], [FIRST.format(parts.rows)])
    return [f"if ({parts.wanted}) {{", *indented(add), "}"]
