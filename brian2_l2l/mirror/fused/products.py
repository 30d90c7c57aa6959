"""The pieces of synapses that add constant weights, and of their adjoint.

Forward, the weight rows of the neurons that spiked are summed, or multiplied where they are many;
the sums have the same order and are the same to the bit. Backward, the adjoint of the targets
times the transposed weights is one small matrix product for all trials of a tile, and the rows of
the gradient grow at the spikes alone.
"""

from __future__ import annotations

from .context import Context
from .edges import restores, saves
from .groups import is_grouped, kept_rows
from .layout import padded
from .operations import Product
from .pieces import Piece, delays_of, for_each_trial, indented
from .product_parts import ProductParts

__all__ = ["product_backward", "product_forward"]

#: The part of the sources with events from which a matrix product beats the sum of their rows.
MANY = 0.3
#: The entries of a matrix for which that is worth that each trial waits for the others.
LARGE = 2**16


def product_forward(context: Context, number: int) -> list[Piece]:
    """Return the piece that adds the weights of all events that arrive."""
    parts = ProductParts(context, number)
    if parts.matrix.dense and parts.matrix.size >= LARGE:
        return [Piece(parts.product.name, tuple(_either_forward(parts)), whole=True)]
    clear, add = _sums(parts)
    gather = _gather_dense(parts) if parts.matrix.dense else _gather_sparse(parts)
    lines = [delays_of(parts.matrix.delays), *saves(context, number), *clear]
    lines += [f"real* const sum = {_sum(parts, 'b')};", *gather, *add]
    return [Piece(parts.product.name, tuple(lines))]


def _sum(parts: ProductParts, trial: str) -> str:
    """Return the address of what the weights of a trial are added to."""
    if parts.product.guard:
        return f"tile.scratch.data + {trial} * {parts.stride}"
    return parts.context.memory.value(parts.product.target, trial)


def _sums(parts: ProductParts) -> tuple[list[str], list[str]]:
    """Return what happens to the sum of a trial before and after, where it is one of its own."""
    context, product = parts.context, parts.product
    if not product.guard:
        return [], []
    clear = [f"std::memset({_sum(parts, 'b')}, 0, {parts.stride} * sizeof(real));"]
    add = [
        f"real* const target = {context.address(product.target)};",
        f"const truth* const guard = {context.address(product.guard)};",
        f"for (int i = 0; i < {product.targets}; ++i)",
        "    target[i] = guard[i] ? target[i] + sum[i] : target[i];",
    ]
    return clear, add


def _either_forward(parts: ProductParts) -> list[str]:
    """Return the lines that add rows, or multiply matrices where many sources have events."""
    clear, add = _sums(parts)
    sources, row = parts.product.sources, padded(parts.product.sources)
    pairs = f"{parts.count * sources}L * tile.trials"
    count = f"events += l2l::count_bits({parts.bits}, {sources});"
    unpack = f"l2l::unpack_numbers({parts.bits}, {sources}, tile.lanes.data + b * {row});"
    matrix = f"{parts.weights} + d * {sources * parts.stride}L"
    sizes = f"{sources}, {parts.product.targets}, {parts.stride}"
    return [
        delays_of(parts.matrix.delays),
        *for_each_trial([*saves(parts.context, parts.number), *clear]),
        "long events = 0;",
        f"for (int d = 0; d < {parts.count}; ++d)",
        *for_each_trial([count], 4),
        f"if (events > {MANY} * {pairs}) {{",
        f"    for (int d = 0; d < {parts.count}; ++d) {{",
        *for_each_trial([unpack], 8),
        f"        l2l::multiply_dense(tile.lanes.data, {row}, tile.trials, {matrix},",
        f"                            {sizes}, {_sum(parts, '0')}, {_sum_stride(parts)});",
        "    }",
        "} else {",
        *for_each_trial([f"real* const sum = {_sum(parts, 'b')};", *_gather_dense(parts)], 4),
        "}",
        *for_each_trial([f"const real* const sum = {_sum(parts, 'b')};", *add] if add else []),
    ]


def _sum_stride(parts: ProductParts) -> str:
    return str(parts.stride) if parts.product.guard else "long(STATE / sizeof(real))"


def _gather_dense(parts: ProductParts) -> list[str]:
    add = f"l2l::add_rows<{parts.stride}>({parts.weights}, rows, count, sum);"
    return [*parts.listed(), add]


def _gather_sparse(parts: ProductParts) -> list[str]:
    return _call_for_rows(parts, "scatter_rows", f"{parts.weights}, sum")


def _call_for_rows(parts: ProductParts, kernel: str, arguments: str) -> list[str]:
    """Return the call of a kernel for the compressed rows of all events that arrive."""
    return [
        "int32_t* const spikes = tile.spikes.data;",
        f"for (int d = 0; d < {parts.count}; ++d) {{",
        f"    const int count = l2l::list_bits({parts.bits}, {parts.product.sources}, 0, spikes);",
        f"    l2l::{kernel}(spikes, count, {parts.rows}, {parts.targets}, {arguments});",
        "}",
    ]


def product_backward(context: Context, number: int) -> list[Piece]:
    """Return the pieces of the adjoint: gradients of spikes, for all trials, and of weights."""
    product: Product = context.operations[number]
    parts = ProductParts(context, number)
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


def _lambda(parts: ProductParts, trial: str) -> tuple[str, str]:
    """Return the adjoint of what the synapses add, and its stride from trial to trial."""
    if parts.product.guard:
        return f"tile.scratch.data + {trial} * {parts.stride}", str(parts.stride)
    offset = parts.context.memory.bar_place(parts.product.target)
    return f"tile.bars + {trial} * BARS + {offset}", "BARS"


def _masked(parts: ProductParts) -> list[str]:
    context, product = parts.context, parts.product
    lines, guard = parts.old_guard()
    return [
        *lines,
        f"real* const lambda = {_lambda(parts, 'b')[0]};",
        f"const real* const bar = {context.address(f'~{product.target}')};",
        f"const truth* const guard = {guard};",
        f"for (int i = 0; i < {product.targets}; ++i) lambda[i] = guard[i] ? bar[i] : real(0);",
    ]


def _weight_gradient(parts: ProductParts) -> list[str]:
    adjoint, gradient = _lambda(parts, "b")[0], f"tile.gradient_{parts.number}.data"
    if is_grouped(parts.context, parts.number):
        return kept_rows(parts.context, parts.number, adjoint)
    if parts.matrix.dense:
        call = f"l2l::add_to_rows<{parts.stride}>(from, rows, count, {gradient});"
        add = [*parts.listed(), call]
    else:
        add = _call_for_rows(parts, "gather_rows", f"from, {gradient}")
    return [
        f"if ({parts.wanted}) {{",
        f"    {delays_of(parts.matrix.delays)}",
        f"    const real* const from = {adjoint};",
        *indented(add),
        "}",
    ]


def _spike_gradient(parts: ProductParts) -> list[str]:
    product, event = parts.product, parts.context.events[parts.product.event]
    out = f"{parts.context.event_bar(event, 'delays[d]', '0')}, {padded(event.size)}"
    sizes = f"{product.sources}, {product.targets}"
    given = f"{', '.join(_lambda(parts, '0'))}, tile.trials"
    if parts.matrix.dense:
        packed = f"tile.work->packed_{parts.number}.data + d * l2l::packed_size<real>({sizes})"
        call = f"l2l::multiply_packed<real>({given}, {packed}, {sizes}, tick % 2, {out});"
    else:
        packed = f"tile.work->sparse_{parts.number}[d]"
        call = f"l2l::multiply_sparse({packed}, {given}, tile.lanes.data, {out});"
    head = delays_of(product.matrix.delays)
    return [head, f"for (int d = 0; d < {parts.count}; ++d)", f"    {call}"]
