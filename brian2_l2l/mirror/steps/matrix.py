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
    """``array[path] += sign * local`` at every event."""

    local: str
    array: str
    path: tuple[str, ...]
    sign: int


@dataclass(frozen=True)
class MatrixProducts:
    """The additions of a block, and the code that computes what is added."""

    name: str
    pathway: str
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
        return cls(block.name, block.options["pathway"], additions, code)

    def prepare(self, state: State, lanes: StaticLanes) -> None:
        """Build the matrices ``[source, target]``, one per delay and target variable."""
        wiring = state.queues[self.pathway].wiring
        matrices = []
        values = self.code.step(lanes, self.code.once(lanes))
        for addition, value in zip(self.additions, values, strict=True):
            value = torch.as_tensor(value, dtype=state.dtype, device=state.device)
            value = (addition.sign * value).expand(wiring.synapses)
            post = lanes.positions(addition.path)
            for delay, chosen, sources in wiring.groups:
                shape = (wiring.stop - wiring.start, state.size(addition.array))
                empty = torch.zeros(shape, dtype=state.dtype, device=state.device)
                place = (sources - wiring.start, post[chosen])
                matrix = empty.index_put(place, value[chosen], accumulate=True)
                matrices.append((addition.array, delay, matrix))
        state.once[self.name, "matrices"] = matrices

    def run(self, state: State, queue) -> None:
        """Add what arrives now."""
        for array, delay, matrix in state.once[self.name, "matrices"]:
            spikes = queue.delayed(delay)
            if spikes is not None:
                spikes = spikes[:, queue.wiring.start : queue.wiring.stop]
                state.arrays[array] = torch.addmm(state.arrays[array], spikes, matrix)


def _split(block: Block) -> tuple[Block, tuple[Addition, ...]] | None:
    if block.order == "by event" or any(s.target in block.arrays for s in block.scalar):
        return None
    locals_, additions = [], []
    for statement in block.vector:
        if statement.target not in block.arrays:
            locals_.append(statement)
            continue
        path = path_of(block, statement.target)
        if statement.op not in ("+=", "-=") or not path or statement.target in block.guards:
            return None
        name = f"_added_{len(additions)}"
        locals_.append(Statement(name, ":=", statement.value, "float"))
        sign = 1 if statement.op == "+=" else -1
        array = block.arrays[statement.target].array
        additions.append(Addition(name, array, path, sign))
    return replace(block, vector=tuple(locals_)), tuple(additions)
