"""Steps of the plain lowering -> a fused program: analysed, written in C++, and compiled."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import torch

from ...spec.network_spec import NetworkSpec
from ..program import Program
from .activity import active_events, active_names, arrays_of
from .adjoint import differentiate
from .again import computed_again, lasting
from .blocks import translate
from .context import Context, Recorded
from .coverage import not_covered
from .cuda.graphics import Graphics
from .graph import Record
from .layout import Memory
from .operations import Given, Loop, Operation, Pathway, Product, emitted_by
from .parts import Blocks
from .processor import Processor
from .tape import keep, needs_of

__all__ = ["MACHINES", "Code", "FusedProgram", "fuse", "with_matrices"]

#: What programs are written for, by the type of the device.
MACHINES = {"cpu": Processor(), "cuda": Graphics()}


@dataclass(frozen=True, eq=False)
class Code:
    """The text of a program, compiled when it is first needed.

    Attributes
    ----------
    source : str
        In C++.
    machine : Processor or Graphics
        What it is written for.
    double : bool
    device : torch.device
    """

    source: str
    machine: Processor | Graphics
    double: bool
    device: torch.device

    @cached_property
    def library(self) -> ctypes.CDLL:
        """The compiled program."""
        return self.machine.load(self.source, self.double, self.device)


@dataclass(frozen=True, eq=False)
class FusedProgram:
    """A program for a whole run and its adjoint.

    Attributes
    ----------
    plain : Program
        The same network in the plain lowering.
    blocks : Blocks
    context : Context
    active : frozenset of str
        The arrays, timed arrays and events with a gradient.
    code : Code
    """

    plain: Program
    blocks: Blocks
    context: Context
    active: frozenset[str]
    code: Code

    @property
    def spec(self) -> NetworkSpec:
        return self.plain.spec


def fuse(
    program: Program,
    graded: frozenset[str],
    clocks: Mapping[str, str],
    givable: frozenset[str],
) -> FusedProgram:
    """Return the fused program of the steps of a plain one.

    Parameters
    ----------
    program : Program
    graded : frozenset of str
        Arrays, timed arrays and given events with a gradient.
    clocks : mapping of str to str
        The clocks of the arrays that are set at each step.
    givable : frozenset of str
        Events that a run may be given.

    Raises
    ------
    NotCoveredError
        If the network has something that the fused lowering does not cover.
    """
    target = program.target
    for reason in ("smooth", "exact"):
        if getattr(target, reason):
            not_covered("the mirror", reason)
    if target.device.type not in MACHINES:
        not_covered("the mirror", "device")
    if target.shared and target.device.type != "cpu":
        not_covered("the mirror", "shared")
    machine, double = MACHINES[target.device.type], target.dtype == torch.float64
    blocks = translate(program.steps, program.spec, target)
    active = active_names(blocks, graded)
    blocks.operations = with_matrices(blocks.operations, active, target.device)
    context = _analyse(blocks, active, clocks, givable)
    code = Code(machine.write(context, double), machine, double, target.device)
    return FusedProgram(program, blocks, context, active, code)


def with_matrices(
    operations: Sequence[Operation], active: frozenset[str], device: torch.device
) -> list[Operation]:
    """Return operations that know how the weights of their synapses are stored."""
    return [
        o.with_matrix(device.type, o.event in active) if isinstance(o, Product) else o
        for o in operations
    ]


def _analyse(blocks: Blocks, active: frozenset[str], clocks, givable) -> Context:
    target, operations = blocks.target, blocks.operations
    arrays = arrays_of(blocks, active, clocks, target.stepped)
    events = active_events(blocks, active)
    state = frozenset(a.name for a in arrays.values() if a.storage == "state") | frozenset(events)
    clocks_used = _clocks_of(blocks)
    adjoints = [
        differentiate(o.graph, active.__contains__, o.lanes) if isinstance(o, Loop) else None
        for o in operations
    ]
    needs = [
        needs_of(operation, adjoint, state, active)
        for operation, adjoint in zip(operations, adjoints, strict=True)
    ]
    kept = keep(operations, needs, len(clocks_used) == 1)
    types = {a.name: a.type for a in arrays.values() if a.storage == "state"}
    bits = lasting(types, needs, kept)
    again = computed_again(operations, needs, bits)
    standing, double = _standing(events, operations), target.dtype == torch.float64
    return Context(
        operations=operations,
        adjoints=adjoints,
        needs=needs,
        kept=kept,
        again=again,
        lasting=bits,
        clocks=clocks_used,
        arrays=arrays,
        events=events,
        records=[_recorded(blocks, slot) for slot in range(len(blocks.records))],
        memory=Memory(arrays, standing, again, double),
        hosts=blocks.scope.hosts,
        timed=blocks.scope.tables,
        shared={name: array for name, array in arrays.items() if array.storage == "shared"},
        givable=givable | {o.event for o in operations if isinstance(o, Given)},
    )


def _clocks_of(blocks: Blocks) -> frozenset[str]:
    """Return the clocks at which something happens, or which something reads."""
    read = {
        clock.name
        for block, *_ in blocks.scope.hosts.values()
        for clock in blocks.spec.clocks.values()
        if any(ref.array in clock.arrays for ref in block.arrays.values())
    }
    return frozenset(read | {operation.clock for operation in blocks.operations})


def _standing(events, operations) -> dict:
    """Return the events that stand in the state: those that lanes emit, or read."""
    found = set(emitted_by(operations))
    for operation in operations:
        if isinstance(operation, Loop) and not isinstance(operation, Pathway):
            nodes = operation.graph.nodes
            found |= {node.data.array for node in nodes if node.operation in ("fired", "gate")}
    return {name: event for name, event in events.items() if name in found}


def _recorded(blocks: Blocks, slot: int) -> Recorded:
    loop, effect = next(
        (operation, effect)
        for operation in blocks.operations
        if isinstance(operation, Loop)
        for effect in operation.graph.effects
        if isinstance(effect, Record) and effect.slot == slot
    )
    type_, request = loop.graph[effect.value].type, blocks.records[slot]
    return Recorded(slot, type_, loop.lanes, request.clock, request.reduction)
