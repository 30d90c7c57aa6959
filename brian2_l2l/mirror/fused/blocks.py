"""The steps of the plain lowering -> the operations of a fused program, template by template."""

from __future__ import annotations

from functools import singledispatch

import numpy as np

from ...spec.expressions import names_in
from ...spec.network_spec import Block, NetworkSpec
from ..given import Feed
from ..records import Recorder
from ..steps import (
    PushSpikes,
    Reset,
    SpikeGenerator,
    StateUpdate,
    SummedVariable,
    SynapticEffect,
    Threshold,
)
from ..steps.base import Step
from ..target import Target
from .arrays import Event
from .conflicts import reads_others
from .coverage import not_covered
from .graph import Access, Accumulate, Graph, Record, Store
from .operations import Given, Loop, Operation, Pathway, Product
from .parts import Blocks, type_of
from .scope import Scope, gates
from .statements import Statements
from .wires import Wires

__all__ = ["translate"]


def translate(steps: tuple[Step, ...], spec: NetworkSpec, target: Target) -> Blocks:
    """Translate the steps of the plain lowering, in their order.

    Raises
    ------
    NotCoveredError
        If one has something that the fused lowering does not cover.
    """
    blocks = Blocks(spec, target, Scope(spec, target, lambda name: type_of(spec, name)))
    for step in steps:
        found = operations_of(step, blocks)
        _check_reads(step, found)
        blocks.operations += found
    waiting = [p for p in blocks.pushes.values() if p.options["events"] not in blocks.events]
    for block in waiting:
        not_covered(block, "push first")
    return blocks


def _check_reads(step: Step, operations: list[Operation]) -> None:
    """Refuse statements whose lanes would see what others of the same step have changed."""
    if getattr(step, "block", None) is None or step.block.order == "by event":
        return
    if any(isinstance(o, Loop) and reads_others(o.graph) for o in operations):
        not_covered(step.block, "read of others")


@singledispatch
def operations_of(step: Step, blocks: Blocks) -> list[Operation]:
    """Return the operations of one step."""
    template = getattr(getattr(step, "block", None), "template", "")
    reason = {"gsl_stateupdate": "gsl", "spatialstateupdate": "spatial"}.get(template)
    if reason is None:
        raise TypeError(step)
    not_covered(step.block, reason)


@operations_of.register
def _(step: Feed, blocks):
    # The program reads the values of each step where they are used.
    return []


@operations_of.register
def _(step: StateUpdate, blocks):
    block = step.block
    if block.order == "by event":
        not_covered(block, "indexed write")
    lanes = int(block.options["size"])
    scalar, vector = _split(block)
    found = []
    if scalar is not None:
        alone = Statements(block, step.code, blocks.scope, single=True).run(scalar)
        found.append(Loop(f"{block.name} shared", block.clock, 1, alone.graph, alone.tables))
    made = Statements(block, step.code, blocks.scope).run(vector)
    return [*found, Loop(block.name, block.clock, lanes, made.graph, made.tables)]


def _split(block: Block):
    """Return the statements that change shared variables, if any, and those of all lanes."""
    written = {s.target for s in block.scalar if s.target in block.arrays}
    if not written:
        return None, block.statements
    stale = set(written)
    for statement in block.scalar:
        if statement.target not in block.arrays and names_in(statement.value) & stale:
            stale.add(statement.target)
    fresh = [s for s in block.scalar if s.target not in stale]
    if any(names_in(s.value) & (stale - written) for s in block.vector):
        not_covered(block, "shared write")
    return block.scalar, (*fresh, *block.vector)


@operations_of.register
def _(step: Threshold, blocks):
    block, options = step.block, step.block.options
    event, size = options["events"], int(options["size"])
    blocks.events[event] = Event(event, size, block.clock)
    made = Statements(block, step.code, blocks.scope)
    spike = blocks.target.spike_of(event.partition(".")[0])
    made.translate.spike = (spike.surrogate, spike.scale)
    made.run(block.statements)
    made.fire(event, "_cond", soft=True)
    if "lastspike" in options:
        _become_refractory(made, event, options)
    return [Loop(block.name, block.clock, size, made.graph, made.tables)]


def _become_refractory(made: Statements, event: str, options) -> None:
    graph, type_of = made.graph, made.scope.type_of
    fired = made.graph.effects[-1].value
    active, last = Access(options["not_refractory"]), Access(options["lastspike"])
    now = graph.host(made._host(f"@{options['t']}", "float"), "double")
    silent = graph.unary("not", fired)
    before = graph.load(active, "bool")
    type_ = type_of(last.array)
    then = graph.load(last, type_)
    graph.effect(Store(active, graph.add("and", "bool", (before, silent))))
    graph.effect(Store(last, graph.select(fired, graph.cast(type_, now), then)))


@operations_of.register
def _(step: SpikeGenerator, blocks):
    block, event = step.block, step.block.options["events"]
    blocks.events[event] = Event(event, step.size, block.clock)
    return [Given(block.name, block.clock, event)]


@operations_of.register
def _(step: Reset, blocks):
    block, event = step.block, step.block.options["events"]
    if block.order == "by event":
        not_covered(block, "indexed write")
    if event not in blocks.events or blocks.events[event].clock != block.clock:
        not_covered(block, "clocks")
    lanes = blocks.events[event].size
    made = Statements(block, step.code, blocks.scope, gate=event)
    made.run(block.statements)
    return [Loop(block.name, block.clock, lanes, made.graph, made.tables)]


@operations_of.register
def _(step: PushSpikes, blocks):
    block = step.block
    if block.options["events"] not in blocks.events:
        not_covered(block, "push first")
    blocks.pushes[block.options["pathway"]] = block
    return []


@operations_of.register
def _(step: SynapticEffect, blocks):
    block = step.block
    event, wires = blocks.wires(block)
    if not len(wires.synapse):
        return []
    if step.products is not None:
        return _products(step, event, wires, blocks)
    made = Statements(block, step.code, blocks.scope, gate=event)
    made.run(block.statements)
    lanes = len(wires.synapse)
    return [
        Pathway(block.name, block.clock, lanes, made.graph, made.tables, event=event, wires=wires)
    ]


def _products(step: SynapticEffect, event: str, wires: Wires, blocks: Blocks):
    block, found = step.block, []
    for number, addition in enumerate(step.products.additions):
        weight = f"{block.name} weight {number}"
        blocks.weights[weight] = step
        post = None
        for index in addition.path:
            values = blocks.spec.arrays[index].values
            post = values if post is None else values[post]
        sources, target = blocks.events[event].size, addition.array
        targets = blocks.spec.arrays[target].size
        product = Product(
            f"{block.name} {number}",
            block.clock,
            event=event,
            weight=weight,
            target=target,
            sign=addition.sign,
            guard=addition.guard,
            sources=sources,
            targets=targets,
            wires=wires,
            post=post,
        )
        found.append(product)
    return found


@operations_of.register
def _(step: SummedVariable, blocks):
    block, options = step.block, step.block.options
    target = options["target"]
    size = blocks.spec.arrays[target].size
    stop = options["stop"] if options["stop"] >= 0 else size
    cleared = np.arange(options["start"], stop, dtype=np.int32)
    type_ = blocks.scope.type_of(target)
    graph = Graph()
    graph.effect(Store(Access(target, "summed"), graph.constant(0, type_)))
    clear = Loop(f"{block.name} clear", block.clock, len(cleared), graph, {"summed": cleared})
    made = Statements(block, step.code, blocks.scope)
    made.run(block.statements)
    value = made.translate._typed(made._any("_synaptic_var"), type_)
    if any(access.array == target for _, access in made.graph.loads()):
        not_covered(block, "read after write")
    index = np.ascontiguousarray(blocks.spec.arrays[options["index"]].values, dtype=np.int32)
    made.tables["summed"] = index
    made.graph.effect(Accumulate(Access(target, "summed"), value))
    lanes = int(options["size"])
    return [clear, Loop(block.name, block.clock, lanes, made.graph, made.tables)]


@operations_of.register
def _(step: Recorder, blocks):
    request, slot = step.request, len(blocks.records)
    blocks.records.append(request)
    if step.observed is not None:
        return [_observed(step, slot, blocks)]
    place, graph, tables = request.place, Graph(), {}
    access = Access(place.array)
    size = place.stop - place.start
    whole = blocks.spec.arrays[place.array].size - bool(request.events)
    if size != whole:
        tables["part"] = np.arange(place.start, place.stop, dtype=np.int32)
        access = Access(place.array, "part")
    if request.events:
        if place.array not in blocks.events:
            not_covered(step.name, "clocks")
        value = gates(graph, access)[1]
    else:
        value = graph.load(access, blocks.scope.type_of(place.array))
    graph.effect(Record(slot, value))
    return [Loop(f"record {step.name}", step.clock, size, graph, tables)]


def _observed(step: Recorder, slot: int, blocks: Blocks) -> Loop:
    block, code = step.observed.block, step.observed.code
    indices = blocks.spec.arrays[block.options["indices"]].values
    in_order = np.array_equal(indices, np.arange(len(indices)))
    made = Statements(block, code, blocks.scope, elements=None if in_order else indices)
    made.run(block.statements)
    (name,) = block.options["recorded"]
    made.results([f"_to_record_{name}"], slot)
    lanes = 1 if step.request.shared else len(indices)
    return Loop(f"record {step.name}", step.clock, lanes, made.graph, made.tables)
