"""The C++ structure of the memory of a team, which takes one trial at a time through time."""

from __future__ import annotations

from ..context import Context
from ..layout import padded
from ..states import products_of
from ..tiles import rows_of, tapes_of

__all__ = ["tile"]


def tile(context: Context) -> str:
    """Return the structure."""
    targets = max([padded(o.targets) for _, o in products_of(context)], default=16)
    buffers = [*rows_of(context), ("real", "scratch", f"{targets}")]
    buffers += [("real", "partial", "l2l::WARPS")]
    buffers += [(type_, name, str(size)) for name, (type_, size) in context.shares.items()]
    made = [f"{name}(arena.own<{type_}>({size}))" for type_, name, size in buffers]
    tapes = tapes_of(context, "(back || run.keep)")
    made += [f"{name}(tape.own<{type_}>({size}))" for type_, name, size in tapes]
    buffers += tapes
    lines = ["struct Tile {", "    static constexpr long trials = 1;", "    const Work* work;"]
    lines += ["    long first = 0, start = 0;", "    int thread;"]
    lines += [f"    l2l::Buffer<{type_}> {name};" for type_, name, _ in buffers]
    lines += ["    char* state;", "    real* bars;"]
    lines += [
        "    L2L_INLINE Tile(const Run& run, const Work& shared, l2l::Arena& arena,",
        "                    [[maybe_unused]] l2l::Arena& tape, int thread, bool back)",
        "        : work(&shared), thread(thread),",
    ]
    lines += [",\n".join(f"          {one}" for one in made)]
    lines += ["    { state = memory.data; bars = bar_memory.data; }"]
    lines += [
        "    // The adjoints of events are zero between trials.",
        "    L2L_DEVICE void clear() {",
    ]
    lines += ["        l2l::barrier();"]
    lines += [f"        l2l::clear({bar});" for bar in _bars(context)]
    lines += ["        l2l::barrier();", "    }", "};"]
    return "\n".join(lines)


def _bars(context: Context) -> list[str]:
    return [
        f"{context.names(f'bar {event.name}')}.data, {(event.lookback + 1) * padded(event.size)}"
        for event in context.events.values()
        if event.active
    ]
