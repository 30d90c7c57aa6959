"""NetworkSpec -> Program: the steps of a network, ready to run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch

from ..errors import UnsupportedModelError
from ..spec.network_spec import ArraySpec, Block, NetworkSpec
from .state import Arrays, State
from .steps import STEPS
from .steps.base import Step
from .target import Target

__all__ = ["MONITORS", "Program", "go_on", "lower", "make_state"]

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

    @cached_property
    def _tensors(self) -> dict[str, torch.Tensor]:
        return {}

    def tensor(self, name: str) -> torch.Tensor:
        """Return the recorded values of an array, which no run changes."""
        if name not in self._tensors:
            array, target = self.spec.arrays[name], self.target
            self._tensors[name] = to_tensor(array, target.dtype, target.device)
        return self._tensors[name]

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
    return Program(spec, target, tuple(_lowered(b, spec, target, steps) for b in chosen))


def _lowered(block: Block, spec: NetworkSpec, target: Target, steps) -> Step:
    if block.template not in steps:
        raise UnsupportedModelError(
            f"'{block.name}' cannot be mirrored: it runs Python code, which has no gradient and "
            f"cannot run for a batch.\nCreated here:\n{block.origin}\nWrite instead: "
            "run_regularly with Brian2 code, or run the script with set_device('torch')."
        )
    return steps[block.template](block, spec, target)


def make_state(program: Program, batch: int, random, arrays=None, tables=None) -> State:
    """Return the state of a network at the time of recording, for ``batch`` trials.

    Parameters
    ----------
    program : Program
    batch : int
    random : NumpyRandom or TorchRandom
    arrays : mapping of str to torch.Tensor, optional
        Values that take the place of recorded ones, ``[element]`` or ``[batch, element]``.
    tables : mapping of str to torch.Tensor, optional
        Values that take the place of those of a ``TimedArray``, ``[row, batch, column]``.
    """
    spec, dtype, device = program.spec, program.target.dtype, program.target.device
    state = State(batch, dtype, device, random)
    state.arrays = Arrays(program.tensor, arrays or {})
    for name in spec.written:
        state.arrays[name] = _of_trials(program, name, state.arrays[name], batch)
    state.tables = {**_tables(spec, dtype, device), **(tables or {})}
    _start_clocks(state, spec)
    return state


def go_on(program: Program, previous: State, random, arrays, initial, tables) -> State:
    """Return a copy of the state after a run, to go on from with other parameters.

    Parameters
    ----------
    program : Program
    previous : State
    random : NumpyRandom or TorchRandom
    arrays : mapping of str to torch.Tensor
        Parameters that take the place of recorded ones.
    initial : mapping of str to torch.Tensor
        Values that take the place of those after the run.
    tables : mapping of str to torch.Tensor
    """
    spec, state = program.spec, previous.snapshot()
    state.random = random
    state.arrays = Arrays(program.tensor, arrays)
    for name in spec.written:
        if name in initial:
            values = _of_trials(program, name, initial[name], state.batch)
        else:
            values = previous.arrays[name]
        state.arrays[name] = values
    state.tables = {**state.tables, **tables}
    return state


def _of_trials(program: Program, name: str, values: torch.Tensor, batch: int) -> torch.Tensor:
    """Return a copy of values for each trial, or the only one that they share."""
    size = program.spec.arrays[name].size
    shape = (size,) if name in program.target.shared else (batch, size)
    return values.expand(shape).clone()


def _start_clocks(state: State, spec: NetworkSpec) -> None:
    for clock in spec.clocks.values():
        set_clock(state, clock.name, spec, clock.timestep)
    for block in spec.blocks:
        if "lastindex" in block.options:
            name = block.options["lastindex"]
            state.clocks[name] = int(spec.arrays[name].values[0])


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
    return {
        name: torch.tensor(function.table, dtype=dtype, device=device)
        for name, function in spec.timed_arrays.items()
    }
