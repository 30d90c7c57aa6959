"""The pieces of synapses that add constant weights, and of their adjoint.

Forward, the weight rows of the neurons that spiked are summed. Backward, the adjoint of the targets
times the transposed weights is one small matrix product for all trials of a tile, and the rows of
the gradient grow at the spikes alone.
"""

from __future__ import annotations

from dataclasses import dataclass

from .context import Context
from .edges import old_rows, restores, saves
from .groups import is_grouped, kept_rows
from .layout import padded
from .operations import Product
from .pieces import Piece, indented

__all__ = ["product_backward", "product_forward"]


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
    def delays(self) -> str:
        listed = ", ".join(map(str, self.product.wires.delays))
        return f"static constexpr long delays[] = {{{listed}}};"

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

    def pointer(self, what: str, type_: str = "int32_t") -> str:
        return self.context.arguments.pointer(f"{what} {self.product.name}", type_)

    def for_each_event(self, lines: list[str]) -> list[str]:
        """Return the loop over the sources whose events arrive, one delay after the other."""
        bits = self.context.bits(self.context.events[self.product.event], "delays[d]")
        return [
            f"for (int d = 0; d < {self.count}; ++d) {{",
            f"    l2l::for_each_bit({bits}, {self.product.sources}, [&](int source) {{",
            *indented(lines, 8),
            "    });",
            "}",
        ]

    def sparse_rows(self, kernel: str, arguments: str) -> list[str]:
        """Return the call of a kernel for the compressed rows of all events that arrive."""
        bits = self.context.bits(self.context.events[self.product.event], "delays[d]")
        sources, type_ = self.product.sources, self.context.matrices[self.number].index
        targets = self.pointer("targets", type_)
        rows = f"{self.pointer('rows')} + d * {sources + 1}"
        return [
            "int32_t* const spikes = tile.spikes.data;",
            f"for (int d = 0; d < {self.count}; ++d) {{",
            f"    const int count = l2l::list_bits({bits}, {sources}, spikes);",
            f"    l2l::{kernel}(spikes, count, {rows}, {targets}, {arguments});",
            "}",
        ]


def product_forward(context: Context, number: int) -> list[Piece]:
    """Return the piece that adds the weights of all events that arrive."""
    product: Product = context.operations[number]
    parts = _Parts(context, number, product)
    gather = _gather_dense(parts) if parts.dense else _gather_sparse(parts)
    lines = [parts.delays, *saves(context, number)]
    lines += [f"real* const target = {context.address(product.target)};"]
    if not product.guard:
        lines += ["real* const sum = target;", *gather]
        return [Piece(product.name, tuple(lines))]
    lines += [
        "real* const sum = tile.scratch.data;",
        f"std::memset(sum, 0, {parts.stride} * sizeof(real));",
        *gather,
        f"const truth* const guard = {context.address(product.guard)};",
        f"for (int i = 0; i < {product.targets}; ++i)",
        "    target[i] = guard[i] ? target[i] + sum[i] : target[i];",
    ]
    return [Piece(product.name, tuple(lines))]


def _gather_dense(parts: _Parts) -> list[str]:
    return [
        "const real** const rows = tile.rows.data;",
        "int count = 0;",
        *parts.for_each_event([f"rows[count++] = {parts.weights} + {parts.row};"]),
        f"l2l::add_rows<real, {parts.stride}>(rows, count, sum);",
    ]


def _gather_sparse(parts: _Parts) -> list[str]:
    return parts.sparse_rows("scatter_rows", f"{parts.weights}, sum")


def product_backward(context: Context, number: int) -> list[Piece]:
    """Return the pieces of the adjoint: gradients of spikes, for all trials, and of weights."""
    product: Product = context.operations[number]
    parts = _Parts(context, number, product)
    pieces, lines = [], []
    if context.arrays[product.target].active:
        if product.guard:
            pieces.append(Piece(f"{product.name}, masked", tuple(_masked(parts))))
        if context.events[product.event].active:
            pieces.append(Piece(product.name, tuple(_spike_gradient(parts)), whole=True))
        if context.arrays[product.weight].active:
            lines += _weight_gradient(parts)
    lines += restores(context, number)
    return [*pieces, Piece(product.name, tuple(lines))] if lines else pieces


def _lambda(parts: _Parts, trial: str) -> tuple[str, str]:
    """Return the adjoint of what the synapses add, and its stride from trial to trial."""
    if parts.product.guard:
        return f"tile.scratch.data + {trial} * {parts.stride}", str(parts.stride)
    offset = parts.context.memory.bar_place(parts.product.target)
    return f"tile.bars + {trial} * BARS + {offset}", "BARS"


def _masked(parts: _Parts) -> list[str]:
    context, product = parts.context, parts.product
    rows, lines = old_rows(context, context.kept[parts.number].before, "before")
    guard = rows.get(product.guard, context.address(product.guard))
    return [
        *lines,
        f"real* const lambda = {_lambda(parts, 'b')[0]};",
        f"const real* const bar = {context.address(f'~{product.target}')};",
        f"const truth* const guard = {guard};",
        f"for (int i = 0; i < {product.targets}; ++i) lambda[i] = guard[i] ? bar[i] : real(0);",
    ]


def _weight_gradient(parts: _Parts) -> list[str]:
    product, context = parts.product, parts.context
    wanted = context.arguments.pointer(f"gradient {product.weight}", "real", constant=False)
    gradient = f"tile.gradient_{parts.number}.data"
    if is_grouped(context, parts.number):
        return kept_rows(context, parts.number, _lambda(parts, "b")[0])
    if parts.dense:
        add = parts.for_each_event(
            [f"l2l::add_row(from, {parts.stride}, {gradient} + {parts.row});"]
        )
    else:
        add = parts.sparse_rows("gather_rows", f"from, {gradient}")
    return [
        f"if ({wanted}) {{",
        f"    {parts.delays}",
        f"    const real* const from = {_lambda(parts, 'b')[0]};",
        *indented(add),
        "}",
    ]


def _spike_gradient(parts: _Parts) -> list[str]:
    product, event = parts.product, parts.context.events[parts.product.event]
    out = f"{parts.context.event_bar(event, 'delays[d]', '0')}, {padded(event.size)}"
    sizes = f"{product.sources}, {product.targets}"
    given = f"{', '.join(_lambda(parts, '0'))}, tile.trials"
    if parts.dense:
        packed = f"tile.work->packed_{parts.number}.data + d * l2l::packed_size<real>({sizes})"
        call = f"l2l::multiply_packed<real>({given}, {packed}, {sizes}, {out});"
    else:
        packed = f"tile.work->sparse_{parts.number}[d]"
        call = f"l2l::multiply_sparse({packed}, {given}, tile.lanes.data, {out});"
    return [parts.delays, f"for (int d = 0; d < {parts.count}; ++d)", f"    {call}"]
