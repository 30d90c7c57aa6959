"""What a run needs for each step: random numbers, and spikes from a list."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from ..state import State
from ..steps import SpikeGenerator
from .call import Call
from .coverage import not_covered
from .operations import Operation, Pathway
from .program import FusedProgram

__all__ = ["draw_numbers", "list_spikes"]

#: The random numbers of one variable that are drawn for a run at most.
MOST_NUMBERS = 2**28


def draw_numbers(program: FusedProgram, call: Call, state: State, given, schedule) -> None:
    """Draw the random numbers of the run in the order of the plain lowering."""
    draws = program.blocks.scope.draws
    if not draws:
        return
    _check_size(program, schedule, state.batch)
    silent = {
        step.block.name
        for step in program.plain.steps
        if getattr(step, "soft", None) and step.block.options["events"] in given.spikes
    }
    by_loop: dict[str, list] = {}
    for name, draw in draws.items():
        by_loop.setdefault(draw.loop, []).append((name, draw))
    found: dict[str, list[torch.Tensor]] = {name: [] for name in draws}
    for now in schedule.ticks:
        for operation in program.context.operations:
            if operation.name in silent or operation.clock not in now:
                continue
            for name, draw in by_loop.get(operation.name, ()):
                drawn = draw(state, program.context.arrays[name].size)
                found[name].append(_in_order(drawn, operation))
    for name, drawn in found.items():
        values = torch.stack(drawn) if drawn else torch.zeros(1, device="cpu")
        target = program.plain.target
        call.fixed[f"input {name}"] = values.to(target.device, target.dtype).contiguous()


def _check_size(program: FusedProgram, schedule, batch: int) -> None:
    for name, draw in program.blocks.scope.draws.items():
        array = program.context.arrays[name]
        if schedule.steps[array.clock] * batch * array.size > MOST_NUMBERS:
            not_covered(draw.loop, "too many random numbers")


def _in_order(drawn: torch.Tensor, operation: Operation) -> torch.Tensor:
    """Return numbers by synapse; the plain lowering draws them in the order of events."""
    if not isinstance(operation, Pathway) or drawn.shape[-1] != operation.lanes:
        return drawn
    ordered = torch.empty_like(drawn)
    ordered[:, torch.from_numpy(operation.wires.synapse).long().to(drawn.device)] = drawn
    return ordered


def list_spikes(step: SpikeGenerator, call: Call, state: State, schedule, clocks) -> None:
    """Add the spikes of a list, the same in every trial; note in `clocks` how far it went."""
    name, options = step.block.options["events"], step.block.options
    if f"given {name}" in call.fixed:
        return
    steps = schedule.steps[step.clock]
    fired = torch.zeros(steps, 1, step.size, dtype=torch.uint8, device="cpu")
    moving = replace(state, clocks=dict(state.clocks))
    for k in range(steps):
        moving.clocks[step.timestep] = schedule.first[step.clock] + k
        fired[k, 0, torch.from_numpy(step._next(moving).astype(np.int64))] = 1
    call.fixed[f"given {name}"] = fired.to(call.program.code.device)
    clocks[options["lastindex"]] = moving.clocks[options["lastindex"]]
