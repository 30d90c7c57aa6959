"""Pathways that change what all trials share, and the order of a time step around them.

A time step is made of phases. In most of them each thread has its own trials. In those of shared
variables it has its own targets instead, and goes through all trials: for each source with an
event, its synapses run trial after trial, so that each meets what the ones before have changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from .context import Context
from .graph import Accumulate, Store
from .pieces import Piece, block_of, body_of, delays_of, indented
from .rows import RowLane

__all__ = ["phases", "together"]


def together(context: Context, lane: RowLane) -> list[str]:
    """Return the lines that run the synapses of the events of all trials.

    Parameters
    ----------
    context : Context
    lane : RowLane
        With the lines of a synapse.
    """
    pathway = lane.loop
    event = context.events[pathway.event]
    share, part, only = _share_of_thread(context, lane)
    return [
        delays_of(pathway.wires.delays),
        "[[maybe_unused]] constexpr bool fired = true;",
        *share,
        f"for (int d = 0; d < {len(pathway.wires.delays)}; ++d) {{",
        f"    {lane.begins()}",
        f"    const auto bits = [&](long trial) {{ return {context.bits(event, 'delays[d]')}; }};",
        f"    l2l::for_each_bit_of_any(bits, run.batch, {event.size}, [&](int source) {{",
        "        int begin = first[source], end = first[source + 1];",
        "        if (begin == end) return;",
        *indented(part, 8),
        "        for (Tile& tile : tiles)",
        "            for (long b = 0; b < tile.trials; ++b) {",
        "                const long trial = tile.first + b;",
        "                if (!(bits(trial)[source / 64] >> (source % 64) & 1)) continue;",
        *indented([*lane.numbers.values(), *lane.pointers.values()], 16),
        *indented(lane.over_row([], [*only, *lane.lines]), 16),
        "            }",
        "    });",
        "}",
    ]


def _share_of_thread(context: Context, lane: RowLane) -> tuple[list[str], list[str], list[str]]:
    """Return how a thread finds its share: for a step, for an event, and for a synapse.

    Synapses of one thread only reach elements that those of no other thread do.
    """
    effects = [e for e in lane.graph.effects if isinstance(e, Store | Accumulate)]
    reached = {e.access.index: e.access for e in effects if e.access.index}
    if not lane.is_parallel or len(reached) > 1 or "0" in reached:
        return ["if (thread != 0) return;"], [], []
    if not reached:
        mine = "l2l::share(end - begin, thread, run.threads)"
        part = [f"const l2l::Range mine = {mine};"]
        return [], [*part, "end = begin + mine.end;", "begin += mine.begin;"], []
    (access,) = reached.values()
    size = context.memory.state[access.array][1]
    share = [f"const l2l::Range mine = l2l::share({size}, thread, run.threads);"]
    table = lane.table(access)
    if not lane.is_run_of(access):
        return share, [], [f"if ({table}[i] < mine.begin || {table}[i] >= mine.end) continue;"]
    part = [
        f"const long shift = begin - {table}[{lane.synapses()}[begin]];",
        "begin = int(std::max<long>(begin, mine.begin + shift));",
        "end = int(std::min<long>(end, mine.end + shift));",
        "if (begin >= end) return;",
    ]
    return share, part, []


def phases(pieces: Sequence[Piece]) -> str:
    """Return the functions of the phases of a time step, and the one that calls them in turn."""
    functions, calls = [], []
    # Two pathways share out their targets in two ways, so that threads meet between them.
    groups = groupby(pieces, lambda piece: id(piece) if piece.together else None)
    for number, (key, group) in enumerate(groups):
        functions += _phase(number, key is not None, list(group))
        if key is not None:
            calls += [f"phase_{number}(run, tiles, tick, thread);"]
        else:
            calls += ["for (Tile* tile = own.begin; tile < own.end; ++tile)"]
            calls += [f"    phase_{number}(run, *tile, tick);"]
        calls += ["meeting.wait();"]
    return "\n".join(
        [
            "constexpr bool TAPE = false, AGAIN = false;",
            "struct Own { Tile *begin, *end; };",
            *functions,
            "void step(const Run& run, std::vector<Tile>& tiles, Own own, long tick, int thread,",
            "          l2l::Meeting& meeting) {",
            *indented(calls),
            "}",
        ]
    )


def _phase(number: int, is_together: bool, pieces: list[Piece]) -> list[str]:
    unused = "[[maybe_unused]] "
    if not is_together:
        head = f"STEP void phase_{number}(const Run& run, Tile& tile, {unused}long tick) {{"
        return [head, *indented(body_of(pieces)), "}"]
    head = f"STEP void phase_{number}(const Run& run, std::vector<Tile>& tiles, long tick, "
    lines = [line for piece in pieces for line in block_of(piece)]
    return [f"{head}{unused}int thread) {{", *indented(lines), "}"]
