"""One lane of an operation as lines of C++, with the pointers that it uses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from .adjoint import slot_of
from .context import Context
from .faults import FAULTS, Fault, divisor, outside
from .graph import Access, Accumulate, Fire, Graph, Node, Record, Scatter, Store, Uniform
from .layout import TORCH_TYPES, padded
from .operations import Loop
from .render import Renderer, surrogate_name, truth

__all__ = ["Lane"]


class Lane:
    """Writes the lines of one lane.

    Parameters
    ----------
    context : Context
    graph : Graph
    loop : Loop
    before : mapping of str to str
        Where the values of arrays from before the operation are, if not in place.
    """

    def __init__(
        self, context: Context, graph: Graph, loop: Loop, before: Mapping[str, str] | None = None
    ):
        self.context, self.graph, self.loop = context, graph, loop
        self.before = dict(before or {})
        self.pointers: dict[str, str] = {}
        self.numbers: dict[str, str] = {}
        self.render = Renderer(graph, self._leaf, self._host)
        self.lines: list[str] = []

    # ---------------------------------------------------------- pointers

    def pointer(self, key: str, type_: str, address: str) -> str:
        """Return the name of a pointer, declared once for each trial."""
        name = self.context.names(f"at {key}")
        self.pointers[name] = f"{type_}* __restrict const {name} = {address};"
        return name

    def array(self, name: str, version: str = "", address: str | None = None) -> str:
        """Return the name of the pointer to an array, or to a version of it at an address."""
        address = self.context.address(name) if address is None else address
        return self.pointer(f"{version} {name}", self._pointer_type(name), address)

    def element(self, access: Access, old: bool = False) -> str:
        """Return the C++ expression of an element."""
        if old and access.array in self.before:
            array = self.array(access.array, "before", self.before[access.array])
        else:
            array = self.array(access.array)
        return f"{array}[{self.index(access)}]"

    def _pointer_type(self, name: str) -> str:
        context = self.context
        if slot_of(name) is not None:
            return "const real"
        if name.startswith("~") or name in context.memory.state or name in context.shared:
            return context.type_of(name)
        return f"const {context.type_of(name)}"

    def index(self, access: Access | Uniform) -> str:
        """Return the C++ expression of the index of an element."""
        if access.index in ("", "0"):
            return "0" if access.index else "i"
        key = f"table {self.loop.name} {access.index}"
        return f"{self.context.arguments.pointer(key, 'int32_t')}[i]"

    def _host(self, name: str) -> str:
        known, kind = self.context.names(f"step {name}"), self.context.hosts[name][3]
        self.numbers[known] = f"const auto {known} = {self.context.host(name, kind)};"
        return known

    def _leaf(self, value: int) -> str:
        node = self.graph[value]
        match node.operation:
            case "load":
                element = self.element(node.data[0], old=True)
                return f"{element} != 0" if node.type == "bool" else element
            case "fired":
                return f"{self.element(node.data, old=True)} != 0"
            case "gate":
                return f"real({self.element(node.data, old=True)})"
            case "table":
                return self._entry(f"input {node.data}", "const real", node.data, node.arguments)
            case "uniform":
                return self._uniform(node.data)
            case "column":
                return self._checked(node, outside(self.loop.name, *node.data), node.data[1])
            case "divisor":
                return self._checked(node, divisor(self.loop.name))
        return self._row(node)

    def _uniform(self, place: Uniform) -> str:
        key, row = self.context.arguments.number(f"key {place.call}"), f"uniform {place.call}"
        name, step = self.context.names(row), self._host(place.step)
        self.numbers[name] = f"const uint64_t {name} = l2l::uniform_row({key}, {step}, trial);"
        return f"l2l::uniform<real>({name}, {self.index(place)})"

    def _checked(self, node: Node, fault: Fault, *numbers: int) -> str:
        place = self.context.arguments.pointer(FAULTS, "int32_t", constant=False)
        name = self.context.names(FAULTS)
        self.numbers[name] = f"l2l::Faults {name}({place});"
        numbers = (*numbers, self.context.fault(fault))
        parts = (self.render(node.arguments[0]), *map(str, numbers))
        return f"{name}.{node.operation}({', '.join(parts)})"

    def _entry(self, pointer: str, type_: str, table: str, place: Sequence[int]) -> str:
        context = self.context
        array = context.arguments.pointer(pointer, type_.split()[-1], type_.startswith("const"))
        row, *column = [self.render(argument) for argument in place]
        columns = context.arguments.number(f"columns {table}")
        trials = context.arguments.number(f"trials {table}")
        begin = f"({row} * {trials} + ({trials} > 1 ? trial : 0)) * {columns}"
        return f"{array}[{begin} + {column[0] if column else '0'}]"

    def _row(self, node) -> str:
        function = self.context.timed[node.data]
        rows = self.context.arguments.number(f"rows {node.data}")
        epsilon, upsampling = (function.parameters[n] for n in ("epsilon", "upsampling"))
        return f"l2l::row({self.render(node.arguments[0])}, {epsilon!r}, {upsampling!r}, {rows})"

    # ------------------------------------------------------------- lines

    def emit(self, line: str | None) -> None:
        """Append a line, if there is one."""
        if line is not None:
            self.lines.append(line)

    def values(self, wanted: Iterable[int]) -> None:
        """Declare values in their order."""
        for value in sorted(wanted):
            self._declare(value)

    def _declare(self, value: int) -> None:
        node = self.graph[value]
        if node.operation == "surrogate":
            self.context.surrogates[surrogate_name(node.data)] = node.data
        self.emit(self.render.declare(value))

    def program(self, order, wanted: set[int]) -> None:
        """Write nodes and effects in the order of the graph."""
        for item in order:
            if isinstance(item, int):
                if item in wanted:
                    self._declare(item)
            else:
                self._effect(item)

    def _effect(self, effect) -> None:
        match effect:
            case Store(access=access, value=value):
                self._store(access, self._stored(value))
            case Accumulate(access=access, value=value):
                self.accumulate(access, value)
            case Fire(event=event, value=value):
                self.emit(f"{self.element(Access(event))} = {self._stored(value)};")
            case Record(slot=slot, value=value):
                self._record(slot, value)
            case Scatter(table=table, place=place, value=value):
                table = table.removeprefix("~")
                entry = self._entry(f"gradient {table}", "real", table, place)
                self.scatter(entry.partition("[")[0], entry, self.render(value))

    def _store(self, access: Access, value: str) -> None:
        element = self.element(access)
        array = self.context.arrays.get(access.array)
        if array is not None and array.averaged:
            batch = self.context.arguments.number("batch")
            value = f"{element} + ({value} - {element}) / real({batch})"
        self.emit(f"{element} = {value};")

    def accumulate(self, access: Access, value: int) -> None:
        """Write that a value is added to an element."""
        self.emit(f"{self.element(access)} += {self.render(value)};")

    def scatter(self, pointer: str, entry: str, value: str) -> None:
        """Write that a value is added to an entry of a table, if somebody wants it."""
        self.emit(f"if ({pointer}) {entry} += {value};")

    def _stored(self, value: int) -> str:
        rendered = self.render(value)
        return truth(rendered) if self.graph[value].type == "bool" else rendered

    def _record(self, slot: int, value: int) -> None:
        record = self.context.records[slot]
        address, type_ = self.context.record(record), TORCH_TYPES[record.type]
        array = self.pointer(f"record {slot}", type_, address)
        operator = "+=" if record.reduction in ("sum", "mean") else "="
        self.emit(f"{array}[i] {operator} {self.render(value)};")

    # ------------------------------------------------------------- loops

    def over_lanes(self) -> list[str]:
        """Return the declarations and the loop over all lanes."""
        if not self.lines:
            return []
        count = padded(self.loop.lanes) if self._is_padded else self.loop.lanes
        head = ["#pragma GCC ivdep"] if self._is_parallel else []
        head += [f"for (long i = 0; i < {count}; ++i) {{"]
        loop = [*head, *(f"    {line}" for line in self.lines), "}"]
        return [*self.numbers.values(), *self.pointers.values(), *loop]

    @property
    def _written(self) -> set[Access]:
        effects = self.graph.effects
        stored = {e.access for e in effects if isinstance(e, Store | Accumulate)}
        return stored | {Access(e.event) for e in effects if isinstance(e, Fire)}

    @property
    def _read(self) -> set[Access]:
        gates = {n.data for n in self.graph.nodes if n.operation in ("fired", "gate")}
        return gates | {access for _, access in self.graph.loads()}

    @property
    def _is_parallel(self) -> bool:
        """Whether no lane writes what another one reads or writes."""
        written = self._written
        arrays = {access.array for access in written}
        touched = [a for a in written | self._read if a.array in arrays]
        scattered = any(isinstance(effect, Scatter) for effect in self.graph.effects)
        return not scattered and all(access.index == "" for access in touched)

    @property
    def _is_padded(self) -> bool:
        """Whether lanes without an element can run too, so that all vectors are whole."""
        records = any(isinstance(effect, Record) for effect in self.graph.effects)
        others = ("table", "row", "divisor")
        if records or any(node.operation in others for node in self.graph.nodes):
            return False
        if not self._is_parallel:
            return False
        return all(
            access.index == "0" or (access.index == "" and self.context.is_row(access.array))
            for access in self._written | self._read
        )
