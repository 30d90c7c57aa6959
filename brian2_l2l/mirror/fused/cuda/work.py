"""The C++ structure of what all teams of a call share: parameters, weights and their gradients."""

from __future__ import annotations

from ..context import Context
from ..layout import ROW_TYPES, TORCH_TYPES, padded
from ..operations import Product
from ..pieces import indented
from ..states import products_of
from .near import NearParts

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
    rows = [p for n, _ in products_of(context) for p in NearParts(context, n).compressed]
    made = [f"{name}(arena.shared<{type_}>({size}))" for type_, name, size in buffers]
    made += [f"{part.name}({part.source})" for part in rows]
    unused = "[[maybe_unused]] "
    lines = [
        *(f"l2l::Buffer<{type_}> {name};" for type_, name, _ in buffers),
        *(f"const {part.type}* {part.name};" for part in rows),
        f"L2L_INLINE Work({unused}const Run& run, {unused}l2l::Arena& arena, {unused}bool back)",
        f"    {': ' if made else ''}{', '.join(made)} {{}}",
        *_near(context),
        *_method(f"clear({unused}const Run& run, {unused}bool back)", clear),
        *_method(f"fill({unused}const Run& run)", fill),
        *_method(f"turn({unused}const Run& run)", turn),
        *_method(f"finish({unused}const Run& run)", finish),
    ]
    return "\n".join(["struct Work {", *indented(lines), "};"])


def _method(head: str, lines: list[str]) -> list[str]:
    return [f"L2L_DEVICE void {head} const {{", *indented(lines), "}"]


def _near(context: Context) -> list[str]:
    """Return the functions that bring near the threads what the adjoint of every step reads."""
    parts = [part for number, _ in products_of(context) for part in NearParts(context, number).near]
    unused = "[[maybe_unused]] "
    bytes_ = [f"l2l::near_bytes<{part.type}>({part.size})" for part in parts]
    return [
        f"static long near_bytes({unused}const Run& run) {{ return {' + '.join(bytes_) or '0'}; }}",
        f"L2L_DEVICE void bring_near({unused}const Run& run, {unused}char*& place) {{",
        *(f"    l2l::bring_near({part.name}, {part.size}, place);" for part in parts),
        "}",
    ]


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
    parts, sign = NearParts(context, number), "-" if product.sign < 0 else ""
    weight = context.arguments.pointer(f"input {product.weight}", "real")
    size, synapses = parts.size, parts.synapses
    buffers = [("real", name, size)]
    clear = [f"{EVERY.format('k', size)} {name}[k] = 0;"]
    fill = [f"{EVERY.format('s', synapses)} {name}[{parts.entry}] = {sign}{weight}[s];"]
    if not matrix.unique:
        fill = _added(parts, f"{name}[k]", f"{sign}{weight}")
    turn = _turned(parts, buffers)
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


def _turned(parts: NearParts, buffers: list) -> list[str]:
    """Add a buffer for the weights column after column, and return the lines that fill it."""
    if not parts.is_turned:
        return []
    number, sources, targets = parts.number, parts.product.sources, parts.product.targets
    row, one = parts.turned_stride, parts.turned_size
    size = parts.count * one
    buffers.append(("real", f"turned_{number}", f"back ? {size} : 1"))
    weight = f"weights_{number}[{parts.row} + i]"
    return [
        f"{EVERY.format('k', size)} {{",
        f"    const long source = k % {row}, i = k / {row} % {targets}, d = k / {one};",
        f"    turned_{number}[k] = source < {sources} ? {weight} : real(0);",
        "}",
    ]


def _added(parts: NearParts, entry: str, weight: str) -> list[str]:
    """Return the lines with which one thread adds up the synapses that have one entry."""
    first, order = parts.pointer("first"), parts.pointer("order")
    return [
        EVERY.format("k", parts.size),
        f"    for (int e = {first}[k]; e < {first}[k + 1]; ++e)",
        f"        {entry} += {weight}[{order}[e]];",
    ]
