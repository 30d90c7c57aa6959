"""What the functions of a program share: addresses of arrays, the tape, numbers of each step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from ...spec.network_spec import FunctionSpec
from .adjoint import Adjoint, slot_of
from .arrays import Array, Event
from .faults import Fault
from .layout import ROW_TYPES, TORCH_TYPES, Arguments, Memory, Names, padded, words
from .operations import Operation, emitted_by
from .tape import Kept, Sources

#: The trials that go through time together on a CPU: enough to keep a matrix product busy, and as
#: many as fill the widest vector, because a sparse synapse is one operation for all of them.
TILE = 16

__all__ = ["Context", "Recorded", "Tape", "room"]


@dataclass(frozen=True)
class Recorded:
    """A record of the run: its slot, the type and number of its values, and what is kept."""

    slot: int
    type: str
    size: int
    clock: str
    reduction: str | None


@dataclass(frozen=True)
class Tape:
    """What a segment keeps of one array at each step, for each trial of the tile."""

    name: str
    type: str
    size: int


@dataclass
class Context:
    """Everything that is known of a program when its functions are written.

    Attributes
    ----------
    operations, adjoints, needs, kept : sequence
        The operations in order, and for each its adjoint (if any), what that needs, and what the
        operation keeps.
    arrays, events, records
        By name, and by slot.
    memory : Memory
    hosts : mapping of str to tuple
        Numbers that change from step to step.
    timed : mapping of str to FunctionSpec
        The timed arrays.
    givable : frozenset of str
        Events that a run may be given.
    clocks : frozenset of str
        With a single one, every operation runs at every tick.
    again, lasting : frozenset of str
        The arrays that the backward pass computes again, and those that are kept as bits.
    arguments : Arguments
    inputs : dict of str to Array
        Those that the program copies into rows at the beginning of a call.
    shared : dict of str to Array
        Those that all trials change together.
    tapes : dict of str to Tape
    bit_rows : dict of str to int
        The words of a row of what is kept as bits, by the name of the argument.
    scratch : dict of str to int
        Rows of truth values that are needed for a moment, with their sizes.
    shares : dict of str to tuple
        Rows for what each lane adds to an element of several, with their types and sizes.
    names : Names
    surrogates : dict of str to Surrogate
    logs : set of int
        The operations that write down what events overwrite.
    faults : list of Fault
        Those of numbers that the program cannot compute with.
    tile : int
        The trials that go through time together.
    """

    operations: Sequence[Operation]
    adjoints: Sequence[Adjoint | None]
    needs: Sequence[Sources]
    kept: Sequence[Kept]
    arrays: Mapping[str, Array]
    events: Mapping[str, Event]
    records: Sequence[Recorded]
    memory: Memory
    hosts: Mapping[str, tuple]
    timed: Mapping[str, FunctionSpec]
    givable: frozenset[str]
    clocks: frozenset[str]
    again: frozenset[str] = frozenset()
    lasting: frozenset[str] = frozenset()
    arguments: Arguments = field(default_factory=Arguments)
    inputs: dict[str, Array] = field(default_factory=dict)
    shared: dict[str, Array] = field(default_factory=dict)
    tapes: dict[str, Tape] = field(default_factory=dict)
    bit_rows: dict[str, int] = field(default_factory=dict)
    scratch: dict[str, int] = field(default_factory=dict)
    shares: dict[str, tuple[str, int]] = field(default_factory=dict)
    names: Names = field(default_factory=Names)
    surrogates: dict[str, object] = field(default_factory=dict)
    logs: set[int] = field(default_factory=set)
    faults: list[Fault] = field(default_factory=list)
    tile: int = TILE

    def fault(self, fault: Fault) -> int:
        """Return the number, from 1 on, by which the program tells a fault."""
        self.faults.append(fault)
        return len(self.faults)

    # --------------------------------------------------------- addresses

    def type_of(self, name: str) -> str:
        """Return the C++ type of the elements of an array, or of its adjoint."""
        if name.startswith("~"):
            return "real"
        if name in self.events:
            return "truth"
        array = self.arrays[name]
        types = TORCH_TYPES if array.storage == "series" else ROW_TYPES
        return types[array.type]

    def is_row(self, name: str) -> bool:
        """Tell whether an array, or its adjoint, is a row with room up to a whole vector."""
        if name.startswith("~"):
            return name[1:] in self.memory.bar_offsets or name[1:] in self.events
        return name in self.memory.state or self.arrays[name].storage in ("input", "shared")

    def address(self, name: str) -> str:
        """Return the address of an array, or of its adjoint, in trial ``b`` of the tile."""
        if name.startswith("~"):
            return self._bar(name[1:])
        if name in self.memory.state:
            return self.memory.value(name)
        array = self.arrays[name]
        if array.storage == "series":
            pointer = self.arguments.pointer(f"input {name}", TORCH_TYPES[array.type])
            return f"{pointer} + ({self.index(array.clock)} * run.batch + trial) * {array.size}"
        if array.storage == "shared":
            return f"tile.work->{self.names(f'shared {name}')}.data"
        stride = self.arguments.number(f"stride {name}")
        self.inputs.setdefault(name, array)
        row = f"({stride} ? trial : 0) * {padded(array.size)}L"
        return f"tile.work->{self.names(f'input {name}')}.data + {row}"

    def _bar(self, name: str) -> str:
        slot = slot_of(name)
        if slot is not None:
            return self._record_bar(self.records[slot])
        if name in self.events:
            return self.event_bar(self.events[name], 0)
        array = self.arrays[name]
        if array.storage == "state":
            return self.memory.bar(name)
        pointer = self.arguments.pointer(f"gradient {name}", "real", constant=False)
        if array.storage == "series":
            where = f"({self.index(array.clock)} * run.batch + trial) * {array.size}"
            return f"{pointer} ? {pointer} + {where} : tile.nowhere.data"
        stride = self.arguments.number(f"stride {name}")
        where = f"({stride} ? trial : tile.thread) * {array.size}"
        return f"{pointer} ? {pointer} + {where} : tile.nowhere.data"

    def _record_bar(self, record: Recorded) -> str:
        pointer = self.arguments.pointer(f"gradient record {record.slot}", "real")
        return f"{pointer} + {self._record_place(record)}"

    def record(self, record: Recorded) -> str:
        """Return the address of what a record holds of a trial (and, if it keeps all, a step)."""
        type_ = TORCH_TYPES[record.type]
        pointer = self.arguments.pointer(f"record {record.slot}", type_, constant=False)
        return f"{pointer} + {self._record_place(record)}"

    def _record_place(self, record: Recorded) -> str:
        if record.reduction is not None:
            return f"trial * {record.size}"
        return f"({self.index(record.clock)} * run.batch + trial) * {record.size}"

    # ------------------------------------------------------------ events

    def bits(self, event: Event, delay: str = "0") -> str:
        """Return the address of the spikes of a trial, so many steps ago."""
        return self.row_of_bits(event, f"{self.index(event.clock)} + {event.history} - {delay}")

    def row_of_bits(self, event: Event, row: str) -> str:
        """Return the address of the spikes of a trial in a row; those before the run come first."""
        pointer = self.arguments.pointer(f"bits {event.name}", "uint64_t", constant=False)
        return f"{pointer} + (({row}) * run.batch + trial) * {words(event.size)}"

    @cached_property
    def emitted(self) -> frozenset[str]:
        """The events that lanes emit."""
        return emitted_by(self.operations)

    def event_bar(self, event: Event, delay: int | str, trial: str = "b") -> str:
        """Return the address of the adjoint of the spikes so many steps ago."""
        ring, row = event.lookback + 1, padded(event.size)
        slot = f"({self.index(event.clock)} + {ring} - {delay}) % {ring}"
        return f"tile.{self.names(f'bar {event.name}')}.data + ({slot} * TILE + {trial}) * {row}"

    # ------------------------------------------------------------- steps

    @property
    def has_one_clock(self) -> bool:
        """Whether every operation runs at every tick."""
        return len(self.clocks) == 1

    def index(self, clock: str) -> str:
        """Return the number of the step of a clock in this run."""
        if self.has_one_clock:
            return "tick"
        return f"{self.arguments.pointer(f'index {clock}', 'int64_t')}[tick]"

    def host(self, name: str, kind: str) -> str:
        """Return a number that changes from step to step."""
        type_ = "double" if kind == "float" else "int64_t"
        return f"{self.arguments.pointer(f'host {name}', type_)}[tick]"

    # -------------------------------------------------------------- tape

    def tape(self, name: str, type_: str, size: int) -> str:
        """Return the address of a piece of the tape at this step, in trial ``b``."""
        self.tapes.setdefault(name, Tape(name, type_, size))
        where = f"((tick - tile.start) * TILE + b) * {room(type_, size)}"
        return f"{self.tape_of(name)} + {where}"

    def tape_of(self, name: str) -> str:
        """Return where a piece of the tape begins."""
        return f"tile.{self.names(f'tape {name}')}.data"

    def saved(self, number: int, name: str) -> str:
        """Return the address of the old values of an array that an operation changes."""
        type_, size = self.memory.state[name]
        if name in self.events:
            return self.bits(self.events[name], "1")
        if type_ == "bool":
            if name in self.lasting:
                place = f"(tick * run.batch + trial) * {words(size)}"
                return f"{self.bits_kept(number, name)} + {place}"
            return self.tape(f"{number} {name}", "uint64_t", words(size))
        return self.tape(f"{number} {name}", ROW_TYPES[type_], size)

    def bits_kept(self, number: int, name: str) -> str:
        """Return where the bits begin that an operation keeps of an array for the whole run."""
        argument = f"bits {number} {name}"
        self.bit_rows[argument] = words(self.memory.state[name][1])
        return self.arguments.pointer(argument, "uint64_t", constant=False)

    @property
    def tape_bytes(self) -> int:
        """What the tape of a tile takes for each time step."""
        sizes = {ROW_TYPES[type_]: size for type_, size in self.memory.sizes.items()}
        sizes["uint64_t"] = 8
        return self.tile * sum(
            room(tape.type, tape.size) * sizes[tape.type] for tape in self.tapes.values()
        )


def room(type_: str, size: int) -> int:
    """Return the elements that a piece of the tape takes for one step and trial."""
    return size if type_ == "uint64_t" else padded(size)
