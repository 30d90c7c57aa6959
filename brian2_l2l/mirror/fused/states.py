"""The C++ functions at the beginning and the end of a tile, in both directions."""

from __future__ import annotations

from .context import Context
from .layout import C_TYPES, padded
from .operations import Product

__all__ = ["gradients", "products_of", "states"]


def products_of(context: Context) -> list[tuple[int, Product]]:
    """Return the products of a program with their numbers."""
    return [(k, o) for k, o in enumerate(context.operations) if isinstance(o, Product)]


def states(context: Context) -> str:
    """Return the functions that fetch the state of a tile, and put it where the caller wants it."""
    load, store = [], []
    for name, (type_, size) in context.memory.state.items():
        c_type, array = C_TYPES[type_], context.address(name)
        initial = context.arguments.pointer(f"initial {name}", c_type)
        count = f"{size} * sizeof({c_type})"
        load.append(
            f"        if ({initial}) std::memcpy({array}, {initial} + trial * {size}, {count});"
        )
        load.append(f"        else std::memset({array}, 0, {count});")
        if name not in context.events:
            final = context.arguments.pointer(f"final {name}", c_type, constant=False)
            store.append(f"        std::memcpy({final} + trial * {size}, {array}, {count});")
    return _each_trial("load_state", load) + _each_trial("store_state", store)


def _each_trial(name: str, lines: list[str]) -> str:
    head = [f"void {name}([[maybe_unused]] const Run& run, [[maybe_unused]] Tile& tile) {{"]
    head += ["    for (long b = 0; b < tile.trials; ++b) {"]
    head += ["        [[maybe_unused]] const long trial = tile.first + b;"]
    return "\n".join([*head, *lines, "    }", "}", ""])


def gradients(context: Context) -> str:
    """Return the functions that begin and end the adjoint of a tile, and sum up at the end."""
    begin, end = [], []
    for name in context.memory.bar_offsets:
        size, bar = context.arrays[name].size, context.address(f"~{name}")
        final = context.arguments.pointer(f"gradient final {name}", "real")
        initial = context.arguments.pointer(f"gradient initial {name}", "real", constant=False)
        count = f"{size} * sizeof(real)"
        begin.append(f"        if ({final}) std::memcpy({bar}, {final} + trial * {size}, {count});")
        begin.append(f"        else std::memset({bar}, 0, {count});")
        end.append(
            f"        if ({initial}) std::memcpy({initial} + trial * {size}, {bar}, {count});"
        )
    for event in context.events.values():
        if event.active and event.lookback:
            end += _give_head(context, event)
    text = _each_trial("begin_back", begin) + _each_trial("end_back", end)
    return text + _sums(context)


def _give_head(context: Context, event) -> list[str]:
    head = context.arguments.pointer(f"gradient head {event.name}", "real", constant=False)
    ring, row = event.lookback + 1, padded(event.size)
    bar = f"tile.{context.names(f'bar {event.name}')}.data"
    return [
        f"        for (long back = 1; back <= {event.lookback}; ++back) {{",
        f"            real* const from = {bar} + (({ring} - back) * TILE + b) * {row};",
        f"            const long row = ({event.lookback} - back) * run.batch + trial;",
        f"            if ({head}) std::memcpy({head} + row * {event.size}, from, {event.size} * sizeof(real));",  # noqa: E501
        f"            std::memset(from, 0, {event.size} * sizeof(real));",
        "        }",
    ]


def _sums(context: Context) -> str:
    lines = [
        "void sum_gradients(const Run& run, [[maybe_unused]] const std::vector<Tile>& tiles) {"
    ]
    for number, product in products_of(context):
        if not context.arrays[product.weight].active:
            continue
        gradient = context.arguments.pointer(f"gradient {product.weight}", "real", constant=False)
        place = context.arguments.pointer(f"place {product.name}", "int64_t")
        lines += [
            f"    if ({gradient})",
            f"        for (long s = 0; s < {len(product.post)}; ++s) {{",
            "            real sum = 0;",
            f"            for (const Tile& tile : tiles) sum += tile.gradient_{number}[{place}[s]];",  # noqa: E501
            f"            {gradient}[s] = {'-' if product.sign < 0 else ''}sum;",
            "        }",
        ]
    return "\n".join([*lines, "}", ""])
