"""The gradients of large weight matrices, added up once per segment.

Each spike adds a row to the gradient. Where the gradient fits no near cache, the rows of a segment
are kept, sorted by their source, and added source by source.
"""

from __future__ import annotations

from .context import Context
from .operations import Product
from .pieces import delays_of, indented
from .product_parts import ProductParts

__all__ = ["is_grouped", "kept_rows", "segment_end"]

#: The bytes of a gradient that is small enough to stay in a near cache.
NEAR = 2**18


def is_grouped(context: Context, number: int) -> bool:
    """Tell whether the gradient of a product is added up once per segment."""
    product = context.operations[number]
    matrix = product.matrix
    active = context.arrays[product.weight].active and context.arrays[product.target].active
    large = matrix.size * context.memory.sizes["real"] > NEAR
    return active and matrix.dense and large and context.has_one_clock


def _sharing(context: Context, number: int) -> list[int]:
    """Return the neighbouring products with the same adjoint of their target, the last one first.

    Products leave the adjoints of all targets as they are.
    """
    product, operations = context.operations[number], context.operations
    first, last = number, number
    while first > 0 and isinstance(operations[first - 1], Product):
        first -= 1
    while last + 1 < len(operations) and isinstance(operations[last + 1], Product):
        last += 1
    return [
        k
        for k in range(last, first - 1, -1)
        if (operations[k].target, operations[k].guard) == (product.target, product.guard)
        and is_grouped(context, k)
    ]


def _tape(context: Context, number: int) -> str:
    """Return the name of the tape that keeps the adjoint of the targets."""
    return f"{_sharing(context, number)[0]} adjoint of {context.operations[number].target}"


def kept_rows(context: Context, number: int, adjoint: str) -> list[str]:
    """Return the line that keeps the adjoint of the targets, if no other product does."""
    if _sharing(context, number)[0] != number:
        return []
    targets = context.operations[number].targets
    row = context.tape(_tape(context, number), "real", targets)
    return [f"l2l::copy_row({adjoint}, {targets}, {row});"]


def segment_end(context: Context) -> str:
    """Return the function that adds up the gradients of a segment."""
    lines = []
    for number, operation in enumerate(context.operations):
        if isinstance(operation, Product) and is_grouped(context, number):
            lines += _added(context, number)
    head = "void end_segment([[maybe_unused]] const Run& run, [[maybe_unused]] Tile& tile,"
    return "\n".join([head, "                 [[maybe_unused]] long end) {", *indented(lines), "}"])


def _added(context: Context, number: int) -> list[str]:
    parts = ProductParts(context, number)
    sources, stride = parts.product.sources, parts.stride
    matrix = f"tile.gradient_{number}.data + d * {sources * stride}L"
    kept = context.tape_of(_tape(context, number))
    return [
        f"// {parts.product.name}",
        f"if ({parts.wanted}) {{",
        f"    {delays_of(parts.matrix.delays)}",
        "    const long count = (end - tile.start) * tile.trials;",
        f"    for (int d = 0; d < {parts.count}; ++d) {{",
        "        const auto spikes = [&](long row) {",
        "            const long tick = tile.start + row / tile.trials;",
        "            const long trial = tile.first + row % tile.trials;",
        f"            return {parts.bits};",
        "        };",
        "        const auto place = [&](long row) {",
        "            return row / tile.trials * TILE + row % tile.trials;",
        "        };",
        f"        tile.groups.sort(count, {sources}, spikes, place);",
        f"        l2l::add_groups(tile.groups, {sources}, {kept}, {stride}, {matrix});",
        "    }",
        "}",
    ]
