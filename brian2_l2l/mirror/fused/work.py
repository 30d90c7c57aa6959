"""The C++ structure of what all threads of a call share: parameters and weights."""

from __future__ import annotations

from .arrays import Array
from .context import Context
from .layout import ROW_TYPES, TORCH_TYPES, padded
from .operations import Product
from .pieces import indented
from .product_parts import ProductParts
from .states import products_of

__all__ = ["work"]


def work(context: Context) -> str:
    """Return the structure: it is made by one thread, then all fill it, then all pack it."""
    parts = [_input(context, name) for name in context.inputs]
    parts += [_shared(context, array) for array in context.shared.values()]
    parts += [_weights(context, number, product) for number, product in products_of(context)]
    members, make, fill, pack = ([line for part in parts for line in part[k]] for k in range(4))
    lines = [
        *members,
        "Work(const Run& run, [[maybe_unused]] bool back) {",
        *indented(make),
        "}",
        "void fill(const Run& run, int thread) {",
        *indented(fill),
        "}",
        "void pack(const Run& run, int thread) {",
        *indented(pack),
        "}",
    ]
    return "\n".join(["struct Work {", *indented(lines), "};"])


def _input(context: Context, name: str) -> tuple[list[str], ...]:
    array = context.inputs[name]
    type_, row = ROW_TYPES[array.type], padded(array.size)
    source = context.arguments.pointer(f"input {name}", TORCH_TYPES[array.type])
    trials = f"({context.arguments.number(f'stride {name}')} ? run.batch : 1)"
    buffer, share = context.names(f"input {name}"), f"l2l::share({trials}, thread, run.threads)"
    values = f"{source} + trial * {array.size}, {array.size}, {buffer}.data + trial * {row}"
    return (
        [f"l2l::Buffer<{type_}> {buffer};"],
        [f"{buffer} = l2l::Buffer<{type_}>({trials} * {row});"],
        [
            f"for (auto [trial, end] = {share}; trial < end; ++trial)",
            f"    l2l::convert({values});",
        ],
        [],
    )


def _shared(context: Context, array: Array) -> tuple[list[str], ...]:
    type_, buffer = ROW_TYPES[array.type], context.names(f"shared {array.name}")
    initial = context.arguments.pointer(f"initial {array.name}", TORCH_TYPES[array.type])
    return (
        [f"l2l::Buffer<{type_}> {buffer};"],
        [f"{buffer} = l2l::Buffer<{type_}>({padded(array.size)});"],
        [f"if (thread == 0) l2l::convert({initial}, {array.size}, {buffer}.data);"],
        [],
    )


def _weights(context: Context, number: int, product: Product) -> tuple[list[str], ...]:
    matrix, name = product.matrix, f"weights_{number}"
    parts, sign = ProductParts(context, number), "-" if product.sign < 0 else ""
    weight = context.arguments.pointer(f"input {product.weight}", "real")
    if matrix.unique:
        fill = parts.for_each_synapse(f"{name}[k] = {sign}{weight}[s];")
    else:
        # Where several synapses have one entry, one thread adds them up.
        fill = [
            "if (thread == 0)",
            f"    for (long s = 0; s < {parts.synapses}; ++s)",
            f"        {name}[{parts.entry}] += {sign}{weight}[s];",
        ]
    members = [f"l2l::Buffer<real> {name}, packed_{number};"]
    members.append(f"std::vector<l2l::PackedSparse<real, TILE>> sparse_{number};")
    make = [f"{name} = l2l::Buffer<real>({parts.size});"]
    if not context.events[product.event].active:
        return members, make, fill, []
    packed = _packed_dense if matrix.dense else _packed_sparse
    made, pack = packed(context, product, number)
    return members, [*make, "if (back) {", *indented(made), "}"], fill, pack


def _packed_dense(context: Context, product: Product, number: int) -> tuple[list[str], list[str]]:
    sizes, delays = f"{product.sources}, {product.targets}", len(product.matrix.delays)
    stride, buffer = padded(product.targets), f"packed_{number}"
    size = f"l2l::packed_size<real>({sizes})"
    pack = [
        f"if ({buffer}.data)",
        f"    for (long d = 0; d < {delays}; ++d)",
        f"        l2l::pack_transposed(weights_{number}.data + d * {product.sources * stride}L,",
        f"                             {sizes}, {stride}L, {buffer}.data + d * {size},",
        "                             thread, run.threads);",
    ]
    return [f"{buffer} = l2l::Buffer<real>({size} * {delays});"], pack


def _packed_sparse(context: Context, product: Product, number: int) -> tuple[list[str], list[str]]:
    rows = context.arguments.pointer(f"rows {product.name}", "int32_t")
    index = product.matrix.index
    targets = context.arguments.pointer(f"targets {product.name}", index)
    place = f"{rows} + d * {product.sources + 1}, {targets}, {product.sources}, {product.targets}"
    make = [
        f"for (long d = 0; d < {len(product.matrix.delays)}; ++d)",
        f"    sparse_{number}.emplace_back({place});",
    ]
    pack = [
        f"for (auto& sparse : sparse_{number})",
        f"    sparse.set_weights(weights_{number}.data, thread, run.threads);",
    ]
    return make, pack
