"""The C++ functions of events that a run is given."""

from __future__ import annotations

from .context import Context

__all__ = ["given_backward", "given_forward"]


def given_forward(context: Context, number: int) -> str:
    """Return the function that takes over the events of a step."""
    event = context.events[context.operations[number].emits]
    source = context.arguments.pointer(f"given {event.name}", "uint8_t")
    trials = context.arguments.number(f"trials {event.name}")
    step = context.index(event.clock)
    return f"""// {event.name}, given
template <bool TAPE> STEP void given_{number}(const Run& run, Tile& tile, long tick) {{
    for (long b = 0; b < tile.trials; ++b) {{
        const long trial = tile.first + b;
        const uint8_t* const from =
            {source} + ({step} * {trials} + ({trials} > 1 ? trial : 0)) * {event.size};
        std::memcpy({context.address(event.name)}, from, {event.size});
        if (!TAPE) l2l::pack_bits(from, {event.size}, {context.bits(event)});
    }}
}}
"""


def given_backward(context: Context, number: int) -> str | None:
    """Return the function that hands out the adjoint of the given events of a step."""
    event = context.events[context.operations[number].emits]
    if not event.active:
        return None
    pointer = context.arguments.pointer(f"gradient {event.name}", "real", constant=False)
    step = context.index(event.clock)
    return f"""// {event.name}, given
STEP void given_back_{number}(const Run& run, Tile& tile, long tick) {{
    for (long b = 0; b < tile.trials; ++b) {{
        const long trial = tile.first + b;
        real* const bar = {context.event_bar(event, 0)};
        if ({pointer})
            std::memcpy({pointer} + ({step} * run.batch + trial) * {event.size}, bar,
                        {event.size} * sizeof(real));
        std::memset(bar, 0, {event.size} * sizeof(real));
    }}
}}
"""
