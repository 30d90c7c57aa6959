"""The C++ structure of what all blocks of a call share: parameters, weights and their gradients."""

from __future__ import annotations

from ..context import Context
from ..layout import ROW_TYPES, TORCH_TYPES, padded
from ..operations import Product
from ..pieces import indented
from ..product_parts import ProductParts
from ..states import products_of
from .products import is_turned

__all__ = ["work"]

#: The loop of all threads of a grid.
EVERY = "for (long {0} = l2l::place(); {0} < {1}; {0} += l2l::places())"


def work(context: Context) -> str:
    """Return the structure; kernels of their own clear it, fill it, and hand out the gradients."""
    inputs = [_input(context, name) for name in context.inputs]
    weights = [_weights(context, number, product) for number, product in products_of(context)]
    clear = [line for _, lines, *_ in weights for line in lines]
    fill = [line for _, lines in inputs for line in lines]
    fill += [line for _, _, lines, *_ in weights for line in lines]
    turn = [line for _, _, _, lines, _ in weights for line in lines]
    finish = [line for *_, lines in weights for line in lines]
    buffers = [buffer for buffer, _ in inputs]
    buffers += [buffer for found, *_ in weights for buffer in found]
    made = ", ".join(f"{name}(arena.shared<{type_}>({size}))" for type_, name, size in buffers)
    unused = "[[maybe_unused]] "
    lines = [
        *(f"l2l::Buffer<{type_}> {name};" for type_, name, _ in buffers),
        f"L2L_INLINE Work({unused}const Run& run, {unused}l2l::Arena& arena, {unused}bool back)",
        f"    {': ' if made else ''}{made} {{}}",
        f"L2L_DEVICE void clear({unused}const Run& run, {unused}bool back) const {{",
        *indented(clear),
        "}",
        f"L2L_DEVICE void fill({unused}const Run& run) const {{",
        *indented(fill),
        "}",
        f"L2L_DEVICE void turn({unused}const Run& run) const {{",
        *indented(turn),
        "}",
        f"L2L_DEVICE void finish({unused}const Run& run) const {{",
        *indented(finish),
        "}",
    ]
    return "\n".join(["struct Work {", *indented(lines), "};"])


def _input(context: Context, name: str) -> tuple[tuple[str, str, str], list[str]]:
    array = context.inputs[name]
    type_, row, size = ROW_TYPES[array.type], padded(array.size), array.size
    source = context.arguments.pointer(f"input {name}", TORCH_TYPES[array.type])
    trials = f"({context.arguments.number(f'stride {name}')} ? run.batch : 1)"
    buffer = context.names(f"input {name}")
    fill = [
        EVERY.format("k", f"{trials} * {size}"),
        f"    {buffer}[k / {size} * {row} + k % {size}] = l2l::converted<{type_}>({source}[k]);",
    ]
    return (type_, buffer, f"{trials} * {row}"), fill if size else []


def _weights(context: Context, number: int, product: Product):
    """Return the buffers of a product, and the lines that clear, fill, turn and finish them."""
    matrix, name, gradient = product.matrix, f"weights_{number}", f"gradient_{number}"
    parts, sign = ProductParts(context, number), "-" if product.sign < 0 else ""
    weight = context.arguments.pointer(f"input {product.weight}", "real")
    size, synapses = parts.size, parts.synapses
    buffers = [("real", name, size)]
    clear = [f"{EVERY.format('k', size)} {name}[k] = 0;"]
    fill = [f"{EVERY.format('s', synapses)} {name}[{parts.entry}] = {sign}{weight}[s];"]
    if not matrix.unique:
        fill = _added(parts, f"{name}[k]", f"{sign}{weight}")
    turn = _turned(context, number, product, buffers)
    if not context.arrays[product.weight].active:
        return buffers, clear, fill, turn, []
    wanted = parts.wanted
    buffers.append(("real", gradient, f"back && {wanted} ? {size} : 1"))
    clear.append(f"if (back && {wanted})")
    clear.append(f"    {EVERY.format('k', size)} {gradient}[k] = 0;")
    finish = [
        f"if ({wanted})",
        f"    {EVERY.format('s', synapses)} {wanted}[s] = {sign}{gradient}[{parts.entry}];",
    ]
    return buffers, clear, fill, turn, finish


def _turned(context: Context, number: int, product: Product, buffers: list) -> list[str]:
    """Add a buffer for the weights column after column, and return the lines that fill it."""
    if not is_turned(context, product):
        return []
    targets, row = product.targets, padded(product.sources)
    size = len(product.matrix.delays) * targets * row
    buffers.append(("real", f"turned_{number}", f"back ? {size} : 1"))
    weight = f"weights_{number}[{ProductParts(context, number).row} + i]"
    return [
        f"{EVERY.format('k', size)} {{",
        f"    const long source = k % {row}, i = k / {row} % {targets}, d = k / {targets * row};",
        f"    turned_{number}[k] = source < {product.sources} ? {weight} : real(0);",
        "}",
    ]


def _added(parts: ProductParts, entry: str, weight: str) -> list[str]:
    """Return the lines with which one thread adds up the synapses that have one entry."""
    first, order = parts.pointer("first"), parts.pointer("order")
    return [
        EVERY.format("k", parts.size),
        f"    for (int e = {first}[k]; e < {first}[k + 1]; ++e)",
        f"        {entry} += {weight}[{order}[e]];",
    ]
