"""The C++ functions at the beginning and the end of a tile, in both directions."""

from __future__ import annotations

from .arrays import Event
from .context import Context
from .layout import TORCH_TYPES, padded
from .operations import Product
from .pieces import indented
from .product_parts import ProductParts

__all__ = ["gradients", "products_of", "shared", "states", "sums"]


def products_of(context: Context) -> list[tuple[int, Product]]:
    """Return the products of a program with their numbers."""
    return [(k, o) for k, o in enumerate(context.operations) if isinstance(o, Product)]


def states(context: Context) -> str:
    """Return the functions that fetch the state of a tile, and put it where the caller wants it."""
    load, store = [], []
    for name, (type_, size) in context.memory.state.items():
        row, other = context.address(name), TORCH_TYPES[type_]
        initial = context.arguments.pointer(f"initial {name}", other)
        source = f"{initial} ? {initial} + trial * {size} : nullptr"
        load.append(f"        l2l::convert({source}, {size}, {row});")
        if name not in context.events:
            final = context.arguments.pointer(f"final {name}", other, constant=False)
            store.append(f"        l2l::convert({row}, {size}, {final} + trial * {size});")
    for event in context.events.values():
        store += _tail(context, event)
    return _each_trial("load_state", load) + _each_trial("store_state", store)


def _tail(context: Context, event: Event) -> list[str]:
    """Return the lines that hand out the last events of a trial, as numbers."""
    tail = context.arguments.pointer(f"tail {event.name}", "real", constant=False)
    rows = context.arguments.number(f"tail steps {event.name}")
    steps = context.arguments.number(f"steps {event.clock}")
    bits, size = context.row_of_bits(event, f"{steps} + {event.history} - {rows} + row"), event.size
    return [
        f"        for (long row = 0; row < {rows}; ++row)",
        f"            l2l::unpack_bits({bits}, {size},",
        f"                             {tail} + (row * run.batch + trial) * {size});",
    ]


def _each_trial(name: str, lines: list[str]) -> str:
    head = [f"STEP void {name}([[maybe_unused]] const Run& run, [[maybe_unused]] Tile& tile) {{"]
    head += ["    for (long b = 0; b < tile.trials; ++b) {"]
    head += ["        [[maybe_unused]] const long trial = tile.first + b;"]
    return "\n".join([*head, *lines, "    }", "}", ""])


def shared(context: Context) -> str:
    """Return the function that puts what trials share where the caller wants it."""
    lines = []
    for name, array in context.shared.items():
        final = context.arguments.pointer(f"final {name}", TORCH_TYPES[array.type], constant=False)
        buffer = context.names(f"shared {name}")
        lines.append(f"    l2l::convert(work.{buffer}.data, {array.size}, {final});")
    return "\n".join(["void store_shared(const Run& run, const Work& work) {", *lines, "}", ""])


def gradients(context: Context) -> str:
    """Return the functions that begin and end the adjoint of a tile."""
    begin, end = [], []
    for name in context.memory.bar_offsets:
        size, bar = context.arrays[name].size, context.address(f"~{name}")
        final = context.arguments.pointer(f"gradient final {name}", "real")
        initial = context.arguments.pointer(f"gradient initial {name}", "real", constant=False)
        begin.append(f"        if ({final}) l2l::copy({final} + trial * {size}, {size}, {bar});")
        begin.append(f"        else l2l::clear({bar}, {size});")
        end.append(f"        if ({initial}) l2l::copy({bar}, {size}, {initial} + trial * {size});")
    for event in context.events.values():
        if event.active and event.lookback:
            end += _give_head(context, event)
    return _each_trial("begin_back", begin) + _each_trial("end_back", end)


def _give_head(context: Context, event) -> list[str]:
    head = context.arguments.pointer(f"gradient head {event.name}", "real", constant=False)
    ring, row = event.lookback + 1, padded(event.size)
    bar = f"tile.{context.names(f'bar {event.name}')}.data"
    to = f"{head} + (({event.lookback} - back) * run.batch + trial) * {event.size}"
    return [
        f"        for (long back = 1; back <= {event.lookback}; ++back) {{",
        f"            real* const from = {bar} + (({ring} - back) * TILE + b) * {row};",
        f"            if ({head}) l2l::copy(from, {event.size}, {to});",
        f"            l2l::clear(from, {event.size});",
        "        }",
    ]


def sums(context: Context) -> str:
    """Return the function that adds up the gradients of weights of all threads."""
    lines = []
    for number, product in products_of(context):
        if not context.arrays[product.weight].active:
            continue
        parts = ProductParts(context, number)
        gradient = parts.wanted
        add = f"{gradient}[s] {'-' if product.sign < 0 else '+'}= tile.gradient_{number}[k];"
        lines += [
            f"    if ({gradient})",
            "        for (const Tile& tile : tiles)",
            *indented(parts.for_each_synapse(add), 12),
        ]
    head = "void sum_gradients(const Run& run, const std::vector<Tile>& tiles, int thread) {"
    return "\n".join([head, *lines, "}", ""])
