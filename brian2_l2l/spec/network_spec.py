"""The frozen description of a recorded network: what every lowering starts from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from .expressions import Expression, names_in
from .frozen import FrozenDict

__all__ = [
    "ArraySpec",
    "ArrayRef",
    "Block",
    "ClockSpec",
    "FunctionSpec",
    "NetworkSpec",
    "Statement",
]


@dataclass(frozen=True)
class ClockSpec:
    """A clock: ``dt`` in seconds, the names of its arrays, and its step when it was recorded."""

    name: str
    dt: float
    timestep: int
    arrays: frozenset[str]

    def array(self, variable: str) -> str:
        """Return the name of the array of ``'t'``, ``'dt'`` or ``'timestep'``."""
        return next(name for name in self.arrays if name.endswith(f".{variable}"))

    def __str__(self):
        return f"clock {self.name}: dt = {self.dt:g} s"


@dataclass(frozen=True, eq=False)
class ArraySpec:
    """An array of the network.

    Attributes
    ----------
    name : str
        ``'owner.variable'``, unique in the network.
    values : numpy.ndarray
        The values at the time of recording, in SI units, of shape ``(size,)``.
    dimensions : tuple of float
        The exponents of the seven SI base units.
    scalar, constant : bool
        As declared in Brian2 (``shared``, ``constant``).
    time : bool
        Whether the values are times or time steps of the simulation; these keep their type in a
        mirror of any ``dtype``, because a time step cannot be told from a rounded time.
    """

    name: str
    values: np.ndarray
    dimensions: tuple[float, ...]
    scalar: bool = False
    constant: bool = False
    time: bool = False

    @property
    def size(self) -> int:
        return self.values.size

    @property
    def kind(self) -> str:
        return {"b": "boolean", "i": "integer", "u": "integer", "f": "float"}[
            self.values.dtype.kind
        ]

    def __eq__(self, other):
        if not isinstance(other, ArraySpec):
            return NotImplemented
        plain = ("name", "dimensions", "scalar", "constant", "time")
        same = all(getattr(self, name) == getattr(other, name) for name in plain)
        return (
            same
            and self.values.dtype == other.values.dtype
            and np.array_equal(self.values, other.values, equal_nan=self.values.dtype.kind == "f")
        )

    def __str__(self):
        flags = "".join(f", {flag}" for flag in ("scalar", "constant") if getattr(self, flag))
        return f"{self.name}: {self.values.dtype}[{self.size}]{flags}"


@dataclass(frozen=True)
class ArrayRef:
    """How a block reaches an array: ``index`` is ``'_idx'``, ``'0'`` or a name in the block."""

    array: str
    index: str
    kind: str
    scalar: bool


@dataclass(frozen=True, eq=False)
class FunctionSpec:
    """A function used in a block.

    Attributes
    ----------
    name : str
        The function's name in Brian2 (``'exp'``), or of the object that is the function.
    family : {'default', 'random', 'timed array', 'user'}
    numpy : callable, optional
        Brian2's numpy implementation, on plain SI values.
    torch : callable, optional
        The implementation for tensors, where the user gave one.
    table : numpy.ndarray, optional
        The values of a ``TimedArray``.
    parameters : mapping
        Numbers that the family needs (``n``, ``p``, ``epsilon``, ``upsampling``).
    """

    name: str
    family: str
    numpy: Callable | None = None
    torch: Callable | None = None
    table: np.ndarray | None = None
    parameters: Mapping[str, float] = field(default_factory=dict)
    elementwise: bool = True

    def __post_init__(self):
        _freeze(self, "parameters")

    def __eq__(self, other):
        if not isinstance(other, FunctionSpec):
            return NotImplemented
        plain = ("name", "family", "numpy", "torch", "parameters", "elementwise")
        same = all(getattr(self, name) == getattr(other, name) for name in plain)
        return same and np.array_equal(self.table, other.table)


@dataclass(frozen=True)
class Statement:
    """``target op value``; ``op`` is ``':='`` (a new local), ``'='`` or an in-place operator."""

    target: str
    op: str
    value: Expression
    kind: str

    @property
    def inplace(self) -> bool:
        return self.op not in ("=", ":=")

    def __str__(self):
        return f"{self.target} {self.op} {self.value}"


@dataclass(frozen=True)
class Block:
    """One piece of Brian2 code, run once per step of its clock.

    Attributes
    ----------
    name : str
        The Brian2 object that runs it.
    template : str
        Brian2's template name.
    clock : str
    scalar, vector : tuple of Statement
        Run once, and run for every neuron, synapse or event.
    arrays : mapping of str to ArrayRef
        What the names in the statements refer to.
    constants : mapping of str to number
    functions : mapping of str to FunctionSpec
    guards : mapping of str to str
        Variables that are written only where another one is true (``unless refractory``).
    order : {'unique', 'by statement', 'by event'}
        Whether each element is written by one event at most; if not, whether Brian2 finishes a
        statement for all events before the next one, or all statements of one event first.
    options : mapping
        What the template needs besides: names of arrays, bounds, names of recorded variables.
    writes : frozenset of str
        All arrays that the block writes.
    origin : str
        Where in the user's script the object was created.
    """

    name: str
    template: str
    clock: str
    scalar: tuple[Statement, ...] = ()
    vector: tuple[Statement, ...] = ()
    arrays: Mapping[str, ArrayRef] = field(default_factory=dict)
    constants: Mapping[str, float] = field(default_factory=dict)
    functions: Mapping[str, FunctionSpec] = field(default_factory=dict)
    guards: Mapping[str, str] = field(default_factory=dict)
    order: str = "unique"
    options: Mapping[str, object] = field(default_factory=dict)
    writes: frozenset[str] = frozenset()
    origin: str = field(default="", compare=False)

    def __post_init__(self):
        _freeze(self, "arrays", "constants", "functions", "guards", "options")

    @property
    def statements(self) -> tuple[Statement, ...]:
        """All statements, in the order in which they run."""
        return (*self.scalar, *self.vector)

    def __str__(self):
        lines = [f"{self.name} ({self.template}, {self.clock})"]
        lines += [f"    {name}: {value}" for name, value in self.options.items()]
        lines += [
            f"    {name}: {ref.array}[{ref.index}]"
            for name, ref in self.arrays.items()
            if ref.array.partition(".")[2] != name or ref.index not in ("_idx", "0")
        ]
        used = frozenset().union(*(names_in(s.value) for s in self.statements))
        lines += [
            f"    {name} = {value!r}    # constant"
            for name, value in sorted(self.constants.items())
            if name in used
        ]
        lines += [f"    {statement}    # scalar" for statement in self.scalar]
        lines += [f"    {statement}{self._where(statement)}" for statement in self.vector]
        return "\n".join(lines)

    def _where(self, statement: Statement) -> str:
        guard = self.guards.get(statement.target) if statement.op != ":=" else None
        return f"    # where {guard}" if guard else ""


@dataclass(frozen=True)
class NetworkSpec:
    """A network as data: blocks in schedule order and the arrays that they touch.

    Printing it shows the whole program.

    Attributes
    ----------
    clocks, arrays : mapping
        By name.
    blocks : tuple of Block
    pending : mapping
        For each pathway, the synapses at which spikes of earlier runs will arrive, by the number
        of steps from now.
    """

    clocks: Mapping[str, ClockSpec]
    blocks: tuple[Block, ...]
    arrays: Mapping[str, ArraySpec]
    pending: Mapping[str, tuple[tuple[int, ...], ...]] = field(default_factory=dict)

    def __post_init__(self):
        _freeze(self, "clocks", "arrays", "pending")

    @property
    def written(self) -> frozenset[str]:
        """The arrays that some block writes."""
        return frozenset().union(*(block.writes for block in self.blocks))

    @property
    def timed_arrays(self) -> dict[str, FunctionSpec]:
        """The TimedArrays that some block looks up, by name."""
        functions = (f for block in self.blocks for f in block.functions.values())
        return {f.name: f for f in functions if f.family == "timed array"}

    def writers(self, array: str) -> tuple[Block, ...]:
        """Return the blocks that write ``array``."""
        return tuple(block for block in self.blocks if array in block.writes)

    def __str__(self):
        parts = [*map(str, self.clocks.values()), "", *map(str, self.arrays.values()), ""]
        return "\n".join([*parts, *map(str, self.blocks)])


def _freeze(instance, *names: str) -> None:
    for name in names:
        object.__setattr__(instance, name, FrozenDict(getattr(instance, name)))
