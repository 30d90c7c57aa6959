"""What the steps of a network become, and what the translation of each needs of the others."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ...spec.network_spec import Block, NetworkSpec
from ..queues import delay_steps
from ..steps import (
    SynapticEffect,
)
from ..target import Target
from .arrays import Event
from .coverage import not_covered
from .operations import Operation
from .scope import Scope
from .wires import Wires

__all__ = ["Blocks", "type_of"]


@dataclass
class Blocks:
    """What the steps of a program become.

    Attributes
    ----------
    spec : NetworkSpec
    target : Target
    scope : Scope
    operations : list of Operation
    events : dict of str to Event
    records : list of Request
        By the number of their slot.
    weights : dict of str to SynapticEffect
        The steps that compute the weights of products, by input.
    """

    spec: NetworkSpec
    target: Target
    scope: Scope
    operations: list[Operation] = field(default_factory=list)
    events: dict[str, Event] = field(default_factory=dict)
    records: list = field(default_factory=list)
    weights: dict[str, SynapticEffect] = field(default_factory=dict)
    pushes: dict[str, Block] = field(default_factory=dict)

    def wires(self, block: Block) -> tuple[str, Wires]:
        """Return the events that a pathway listens to, and its synapses."""
        push = self.pushes[block.options["pathway"]]
        event = self.events[push.options["events"]]
        if self.spec.pending.get(block.options["pathway"]):
            not_covered(block, "pending")
        if event.clock != block.clock:
            not_covered(block, "clocks")
        sources = self.spec.arrays[push.options["sources"]].values
        delays = self.spec.arrays[push.options["delay"]].values
        steps = delay_steps(delays, self.spec.clocks[block.clock].dt, len(sources))
        longest = int(steps.max()) if len(steps) else 0
        self.events[event.name] = replace(event, lookback=max(event.lookback, longest))
        return event.name, Wires.of(sources, steps, event.size)


def type_of(spec: NetworkSpec, name: str) -> str:
    """Return the type of the elements of an array of the network."""
    array = spec.arrays[name]
    if array.kind == "float":
        return "double" if array.time else "real"
    if array.kind == "boolean":
        return "bool"
    return "int32" if array.values.dtype.itemsize < 8 else "int64"
