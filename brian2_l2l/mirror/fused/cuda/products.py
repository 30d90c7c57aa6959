"""The pieces of synapses that add constant weights, and of their adjoint, for a block of threads.

Forward, the threads share out the targets, and each adds up the weights of the events in their
order. That order is fixed because the backward pass runs segments again and must meet the same
spikes. Backward, each warp takes a source and sums over its targets. The gradient of the weights is
common to all trials; blocks add to it as they come, so that it varies from run to run by rounding.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..context import Context
from ..edges import old_rows, restores, saves
from ..layout import padded
from ..operations import Product
from ..pieces import Piece, indented
from .barriers import fenced
from .lanes import EACH

__all__ = ["product_backward", "product_forward"]

WARPS_OF_SOURCES = "for (int source = l2l::warp(); source < {0}; source += l2l::WARPS) {{"
LANES_OF = "for (int k = {0} + l2l::lane(); k < {1}; k += l2l::WARP)"


@dataclass(frozen=True)
class _Parts:
    """The C++ expressions that both directions share."""

    context: Context
    number: int
    product: Product

    @property
    def dense(self) -> bool:
        return self.context.matrices[self.number].dense

    @property
    def delays(self) -> list[str]:
        listed = ", ".join(map(str, self.product.wires.delays))
        return [f"constexpr int delays[] = {{{listed}}};"]

    @property
    def count(self) -> int:
        return len(self.product.wires.delays)

    @property
    def stride(self) -> int:
        return padded(self.product.targets)

    @property
    def weights(self) -> str:
        return f"tile.work->weights_{self.number}.data"

    @property
    def row(self) -> str:
        """The place of the row of a source in a dense matrix."""
        return f"(d * {self.product.sources}L + source) * {self.stride}"

    def pointer(self, what: str) -> str:
        return self.context.arguments.pointer(f"{what} {self.product.name}", "int32_t")

    @property
    def targets(self) -> str:
        """The targets of the entries of compressed rows."""
        index = self.context.matrices[self.number].index
        return self.context.arguments.pointer(f"targets {self.product.name}", index)

    def for_each_event(self, lines: list[str], before: tuple[str, ...] = ()) -> list[str]:
        """Return the loop over the sources whose events arrive, one delay after the other."""
        bits = self.context.bits(self.context.events[self.product.event], "delays[d]")
        return [
            f"for (int d = 0; d < {self.count}; ++d) {{",
            *indented(before),
            f"    l2l::for_each_bit({bits}, {self.product.sources}, [&](int source) {{",
            *indented(lines, 8),
            "    });",
            "}",
        ]

    @property
    def first(self) -> str:
        """The declaration of where the compressed rows begin."""
        first = f"{self.pointer('rows')} + d * {self.product.sources + 1}"
        return f"const int32_t* const first = {first};"


def product_forward(context: Context, number: int) -> list[Piece]:
    """Return the piece that adds the weights of all events that arrive."""
    product: Product = context.operations[number]
    parts = _Parts(context, number, product)
    lines = [*saves(context, number), f"real* const target = {context.address(product.target)};"]
    if product.guard:
        lines += ["real* const sum = tile.scratch.data;"]
        lines += [f"l2l::clear(sum, {product.targets});"]
    else:
        lines += ["real* const sum = target;"]
    lines += fenced([*parts.delays, *(_gather_dense if parts.dense else _gather_sparse)(parts)])
    if product.guard:
        lines += [
            f"const truth* const guard = {context.address(product.guard)};",
            EACH.format("i", product.targets),
            "    target[i] = guard[i] ? target[i] + sum[i] : target[i];",
            "}",
        ]
    return [Piece(product.name, tuple(lines))]


def _gather_dense(parts: _Parts) -> list[str]:
    return [
        EACH.format("i", parts.product.targets),
        "    real total = sum[i];",
        *indented(parts.for_each_event([f"total += {parts.weights}[{parts.row} + i];"])),
        "    sum[i] = total;",
        "}",
    ]


def _gather_sparse(parts: _Parts) -> list[str]:
    # The targets of a row ascend, and each warp takes a range of them: no two warps meet, and the
    # lanes of a warp are at the same event.
    bounds = f"{parts.pointer('bounds')} + (d * {parts.product.sources}L + source)"
    return parts.for_each_event(
        [
            f"const int32_t* const bound = {bounds} * (l2l::WARPS + 1) + l2l::warp();",
            LANES_OF.format("bound[0]", "bound[1]"),
            f"    sum[{parts.targets}[k]] += {parts.weights}[k];",
            "__syncwarp();",
        ]
    )


def product_backward(context: Context, number: int) -> list[Piece]:
    """Return the pieces of the adjoint: gradients of spikes and of weights."""
    product: Product = context.operations[number]
    parts = _Parts(context, number, product)
    head, lines = [], []
    if context.arrays[product.target].active:
        head = _lambda(parts)
        if context.events[product.event].active:
            lines += _spike_gradient(parts)
        if context.arrays[product.weight].active:
            lines += _weight_gradient(parts)
    if lines:
        lines = [*head, *fenced([*parts.delays, *lines])]
    lines += restores(context, number)
    return [Piece(product.name, tuple(lines))] if lines else []


def _lambda(parts: _Parts) -> list[str]:
    """Return the lines that make the adjoint of what the synapses add."""
    context, product = parts.context, parts.product
    bar = context.address(f"~{product.target}")
    if not product.guard:
        return [f"const real* const from = {bar};"]
    rows, lines = old_rows(context, context.kept[parts.number].before, "before")
    guard = rows.get(product.guard, context.address(product.guard))
    return [
        *lines,
        "real* const from = tile.scratch.data;",
        f"const real* const bar = {bar};",
        f"const truth* const guard = {guard};",
        EACH.format("i", product.targets),
        "    from[i] = guard[i] ? bar[i] : real(0);",
        "}",
    ]


def _spike_gradient(parts: _Parts) -> list[str]:
    product, event = parts.product, parts.context.events[parts.product.event]
    if parts.dense:
        lanes = LANES_OF.format("0", product.targets)
        term = f"{parts.weights}[{parts.row} + k] * from[k]"
    else:
        lanes = LANES_OF.format("first[source]", "first[source + 1]")
        term = f"{parts.weights}[k] * from[{parts.targets}[k]]"
    return [
        f"for (int d = 0; d < {parts.count}; ++d) {{",
        f"    real* const to = {parts.context.event_bar(event, 'delays[d]')};",
        *([] if parts.dense else [f"    {parts.first}"]),
        f"    {WARPS_OF_SOURCES.format(product.sources)}",
        "        real sum = 0;",
        f"        {lanes} sum += {term};",
        "        sum = l2l::warp_sum(sum);",
        "        if (l2l::lane() == 0) to[source] += sum;",
        "    }",
        "}",
    ]


def _weight_gradient(parts: _Parts) -> list[str]:
    product, gradient = parts.product, f"tile.work->gradient_{parts.number}.data"
    wanted = parts.context.arguments.pointer(f"gradient {product.weight}", "real", constant=False)
    if parts.dense:
        row = f"{gradient} + {parts.row}"
        lines = [EACH.format("i", product.targets), f"    atomicAdd({row} + i, from[i]);", "}"]
        add = parts.for_each_event(lines)
    else:
        each = "for (int k = first[source] + threadIdx.x; k < first[source + 1]; k += l2l::THREADS)"
        entry = f"atomicAdd({gradient} + k, from[{parts.targets}[k]]);"
        add = parts.for_each_event([each, f"    {entry}"], (parts.first,))
    return [f"if ({wanted}) {{", *indented(add), "}"]
