"""The C++ structure of the memory of one thread, for the trials that go through time together."""

from __future__ import annotations

from .context import Context, room
from .layout import padded
from .product_parts import ProductParts
from .states import products_of

__all__ = ["rows_of", "tapes_of", "tile"]


def tile(context: Context) -> str:
    """Return the structure."""
    buffers = [*_buffers(context), *tapes_of(context), *_gradients(context)]
    logs = sorted(context.logs)
    lines = ["struct Tile {", "    const Work* work;", "    long first = 0, trials = 0, start = 0;"]
    lines += ["    int thread;"]
    lines += [f"    l2l::Buffer<{type_}> {name};" for type_, name, _ in buffers]
    lines += [f"    std::vector<Log> log_{number};" for number in logs]
    lines += ["    l2l::Groups groups;"]
    lines += ["    char* state;", "    real* bars;"]
    lines += ["    Tile(const Run& run, const Work& shared, int thread, bool back)"]
    lines += ["        : work(&shared), thread(thread),"]
    made = [f"{name}({size})" for _, name, size in buffers]
    made += [f"log_{number}(TILE)" for number in logs]
    lines += [",\n".join(f"          {one}" for one in made)]
    lines += ["    { state = memory.data; bars = bar_memory.data; }", "};"]
    return "\n".join(lines)


def _buffers(context: Context) -> list[tuple[str, str, str]]:
    products = [o for _, o in products_of(context)]
    targets = max([padded(o.targets) for o in products], default=16)
    rows = max([o.sources * len(o.matrix.delays) for o in products], default=1)
    lanes = max([padded(o.sources) + padded(o.targets) for o in products], default=1)
    return [
        *rows_of(context),
        ("real", "scratch", f"TILE * {targets}"),
        ("real", "lanes", f"{lanes} * TILE"),
        ("int32_t", "spikes", f"{rows} + l2l::LIST_SLACK"),
    ]


def rows_of(context: Context) -> list[tuple[str, str, str]]:
    """Return the type, the name and the size of the rows that hold values and adjoints."""
    weights = {product.weight for _, product in products_of(context)}
    sizes = [padded(a.size) for a in context.arrays.values() if a.name not in weights]
    buffers = [
        ("char", "memory", "TILE * STATE"),
        ("real", "bar_memory", "back ? TILE * BARS : 1"),
        ("real", "nowhere", f"back ? {max([16, *sizes])} : 1"),
    ]
    for name, size in context.scratch.items():
        buffers.append(("truth", name, f"{padded(size)}"))
    for event in context.events.values():
        if event.active:
            size = f"back ? {event.lookback + 1} * TILE * {padded(event.size)} : 1"
            buffers.append(("real", context.names(f"bar {event.name}"), size))
    return buffers


def tapes_of(context: Context, there: str = "back") -> list[tuple[str, str, str]]:
    """Return the type, the name and the size of what a segment keeps; where the tape is there."""
    return [
        (
            tape.type,
            context.names(f"tape {tape.name}"),
            f"{there} ? run.segment * TILE * {room(tape.type, tape.size)} : 1",
        )
        for tape in context.tapes.values()
    ]


def _gradients(context: Context) -> list[tuple[str, str, str]]:
    buffers = []
    for number, product in products_of(context):
        if context.arrays[product.weight].active:
            parts = ProductParts(context, number)
            size = f"back && {parts.wanted} ? {parts.size} : 1"
            buffers.append(("real", f"gradient_{number}", size))
    return buffers
