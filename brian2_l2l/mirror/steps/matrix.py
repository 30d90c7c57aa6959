"""Synaptic effects as matrix products, for training.

Where all that an event does is to add values that are constant during a run (``v_post += w``), the
sum over synapses is a product of spikes and a weight matrix, one per delay.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch

from ...spec.network_spec import Block, NetworkSpec, Statement
from ..codegen import BlockCode, generate
from ..lanes import StaticLanes
from ..state import State
from ..target import Target
from ..writer import path_of

__all__ = ["Addition", "MatrixProducts"]


@dataclass(frozen=True)
class Addition:
    """``array[path] += sign * local`` at every event; only where ``guard``, if given, is true."""

    local: str
    array: str
    path: tuple[str, ...]
    sign: int
    guard: str | None = None


@dataclass(frozen=True)
class MatrixProducts:
    """The additions of a block, and the block and code that compute what is added."""

    block: Block
    additions: tuple[Addition, ...]
    code: BlockCode

    @classmethod
    def of(cls, block: Block, spec: NetworkSpec, target: Target) -> MatrixProducts | None:
        """Return the products that ``block`` amounts to, None if it does anything else."""
        split = _split(block)
        if split is None:
            return None
        values, additions = split
        names = tuple(addition.local for addition in additions)
        code = generate(values, spec, target, static=True, results=names)
        if not all(code.stages[name].once for name in names):
            return None
        return cls(values, additions, code)

    def prepare(self, state: State, lanes: StaticLanes) -> None:
        """Build the matrices ``[source, target]``, one per delay and target variable."""
        wiring = state.queues[self.block.options["pathway"]].wiring
        matrices = []
        values = self.code.step(lanes, self.code.once(lanes))
        for addition, value in zip(self.additions, values, strict=True):
            value = torch.as_tensor(value, dtype=state.dtype, device=state.device)
            value = addition.sign * value
            value = value.expand(*value.shape[:-1], wiring.synapses)
            post = lanes.positions(addition.path)
            for delay, chosen, sources in wiring.groups:
                shape = (wiring.stop - wiring.start, state.size(addition.array))
                place = (sources - wiring.start, post[chosen])
                matrix = _matrix(shape, place, value[..., chosen])
                matrices.append((addition, delay, matrix))
        state.once[self.block.name, "matrices"] = matrices

    def run(self, state: State, queue) -> None:
        """Add what arrives now."""
        for addition, delay, matrix in state.once[self.block.name, "matrices"]:
            spikes = queue.delayed(delay)
            if spikes is not None:
                spikes = spikes[:, queue.wiring.start : queue.wiring.stop]
                before = state.arrays[addition.array]
                after = _add_product(before, spikes, matrix)
                if addition.guard is not None:
                    after = torch.where(state.arrays[addition.guard], after, before)
                state.arrays[addition.array] = after


def _matrix(shape, place, value: torch.Tensor) -> torch.Tensor:
    """Return ``[source, target]``, with the batch in front where values have one."""
    empty = torch.zeros(*value.shape[:-1], *shape, dtype=value.dtype, device=value.device)
    if value.dim() == 2:
        trial = torch.arange(len(value), device=value.device).unsqueeze(1)
        place = (trial, *place)
    return empty.index_put(place, value, accumulate=True)


def _add_product(before, spikes, matrix) -> torch.Tensor:
    if matrix.dim() == 2:
        return torch.addmm(before, spikes, matrix)
    return torch.baddbmm(before.unsqueeze(1), spikes.unsqueeze(1), matrix).squeeze(1)


def _split(block: Block) -> tuple[Block, tuple[Addition, ...]] | None:
    if block.order == "by event" or any(s.target in block.arrays for s in block.scalar):
        return None
    locals_, additions = [], []
    for statement in block.vector:
        if statement.target not in block.arrays:
            locals_.append(statement)
            continue
        name = f"_added_{len(additions)}"
        addition = _addition(name, statement, block)
        if addition is None:
            return None
        locals_.append(Statement(name, ":=", statement.value, "float"))
        additions.append(addition)
    return replace(block, vector=tuple(locals_)), tuple(additions)


def _addition(name: str, statement: Statement, block: Block) -> Addition | None:
    path, guard = path_of(block, statement.target), block.guards.get(statement.target)
    if statement.op not in ("+=", "-=") or not path:
        return None
    if guard is not None:
        if path_of(block, guard) != path or block.arrays[guard].array in block.writes:
            return None
        guard = block.arrays[guard].array
    sign = 1 if statement.op == "+=" else -1
    return Addition(name, block.arrays[statement.target].array, path, sign, guard)
