"""NetworkSpec -> Program: the steps of a network, ready to run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch

from ..spec.network_spec import ArraySpec, NetworkSpec
from .state import State
from .steps import STEPS
from .steps.base import Step
from .target import Target

__all__ = ["MONITORS", "Program", "lower", "make_state"]

MONITORS = frozenset({"statemonitor", "spikemonitor", "ratemonitor"})


@dataclass(frozen=True)
class Program:
    """The lowered steps of a network in schedule order."""

    spec: NetworkSpec
    target: Target
    steps: tuple[Step, ...]

    @property
    def source(self) -> str:
        """The generated Python source of all steps."""
        return "\n".join(step.source for step in self.steps)

    def prepare(self, state: State) -> None:
        """Compute what stays the same during a run, once."""
        state.once = {}
        for step in self.steps:
            step.prepare(state)

    def active(self, clocks: frozenset[str]) -> tuple[Step, ...]:
        """Return the steps of ``clocks``, in order."""
        return tuple(step for step in self.steps if step.clock in clocks)


def lower(
    spec: NetworkSpec,
    target: Target,
    more: Mapping[str, type[Step]] | None = None,
    keep: frozenset[str] | None = None,
) -> Program:
    """Lower every block of a network to a step.

    Parameters
    ----------
    spec : NetworkSpec
    target : Target
    more : mapping of str to class, optional
        Steps for templates beyond Brian2's, by template name.
    keep : frozenset of str, optional
        The monitors that run; by default all.
    """
    steps = STEPS | dict(more or {})
    chosen = [
        block
        for block in spec.blocks
        if keep is None or block.template not in MONITORS or block.name in keep
    ]
    return Program(spec, target, tuple(steps[b.template](b, spec, target) for b in chosen))


def make_state(
    program: Program, batch: int, random, device: torch.device, arrays=None, tables=None
) -> State:
    """Return the state of a network at the time of recording, for ``batch`` trials.

    Parameters
    ----------
    program : Program
    batch : int
    random : NumpyRandom or TorchRandom
    device : torch.device
    arrays : mapping of str to torch.Tensor, optional
        Values that take the place of recorded ones, ``[element]`` or ``[batch, element]``.
    tables : mapping of str to torch.Tensor, optional
        Values that take the place of those of a ``TimedArray``, ``[row, batch, column]``.
    """
    spec, dtype = program.spec, program.target.dtype
    state = State(batch, dtype, device, random)
    given = dict(arrays or {})
    for name, array in spec.arrays.items():
        values = given[name] if name in given else to_tensor(array, dtype, device)
        if name in spec.written:
            values = values.expand(batch, array.size).clone()
        state.arrays[name] = values
    state.tables = {**_tables(spec, dtype, device), **(tables or {})}
    for clock in spec.clocks.values():
        set_clock(state, clock.name, spec, clock.timestep)
    for block in spec.blocks:
        if "lastindex" in block.options:
            name = block.options["lastindex"]
            state.clocks[name] = int(spec.arrays[name].values[0])
    return state


def to_tensor(array: ArraySpec, dtype: torch.dtype, device: torch.device) -> torch.Tensor:
    """Return the recorded values; real ones as ``dtype``, except times."""
    wanted = dtype if array.kind == "float" and not array.time else None
    return torch.tensor(array.values, dtype=wanted, device=device)


def set_clock(state: State, name: str, spec: NetworkSpec, timestep: int) -> None:
    """Set a clock to a step; ``t`` is a multiple of ``dt`` exactly as in Brian2."""
    clock = spec.clocks[name]
    step, dt = np.int64(timestep), np.float64(clock.dt)
    values = {"timestep": step, "dt": dt, "t": step * dt}
    for array in clock.arrays:
        state.clocks[array] = values[array.rsplit(".", 1)[1]]


def _tables(spec: NetworkSpec, dtype, device) -> dict[str, torch.Tensor]:
    functions = (f for block in spec.blocks for f in block.functions.values())
    tables = {f.name: f.table for f in functions if f.family == "timed array"}
    return {name: torch.tensor(t, dtype=dtype, device=device) for name, t in tables.items()}
