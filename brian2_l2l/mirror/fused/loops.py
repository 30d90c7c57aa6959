"""The C++ functions of a loop over lanes, and of its adjoint."""

from __future__ import annotations

from collections.abc import Iterable

from .context import Context
from .edges import announce, consume, restores, saves
from .graph import Access, Accumulate, Fire, Graph, Record, Scatter, Store
from .layout import C_TYPES
from .operations import Loop
from .render import Renderer, surrogate_name

__all__ = ["Lane", "loop_backward", "loop_forward"]


class Lane:
    """Writes the lines of one lane, and gathers the pointers that it uses.

    Parameters
    ----------
    context : Context
    graph : Graph
    loop : Loop
    before : mapping of str to str
        Where the values of arrays from before the operation are, if not in place.
    """

    def __init__(self, context: Context, graph: Graph, loop: Loop, hosts, before=()):
        self.context, self.graph, self.loop = context, graph, loop
        self.before = dict(before)
        self.pointers: dict[str, str] = {}
        self.numbers: dict[str, str] = {}
        self.hosts = hosts
        self.render = Renderer(graph, self._leaf, self._host)
        self.lines: list[str] = []

    # ---------------------------------------------------------- pointers

    def pointer(self, key: str, type_: str, address: str) -> str:
        """Return the name of a pointer, declared once for each trial."""
        name = self.context.names(f"at {key}")
        self.pointers[name] = f"{type_}* __restrict const {name} = {address};"
        return name

    def element(self, access: Access, old: bool = False) -> str:
        """Return the C++ expression of an element."""
        context, name = self.context, access.array
        if old and name in self.before:
            array = self.pointer(
                f"before {name}", f"const {context.type_of(name)}", self.before[name]
            )
        else:
            array = self.pointer(name, self._pointer_type(name), context.address(name))
        return f"{array}[{self.index(access)}]"

    def _pointer_type(self, name: str) -> str:
        context = self.context
        if name.startswith("~record"):
            return "const real"
        if name.startswith("~") or name in context.memory.state:
            return context.type_of(name)
        return f"const {context.type_of(name)}"

    def index(self, access: Access) -> str:
        """Return the C++ expression of the index of an element."""
        if access.index in ("", "0"):
            return "0" if access.index else "i"
        key = f"table {self.loop.name} {access.index}"
        return f"{self.context.arguments.pointer(key, 'int32_t')}[i]"

    def _host(self, name: str) -> str:
        known = self.context.names(f"step {name}")
        self.numbers[known] = (
            f"const auto {known} = {self.context.host(name, self.hosts[name][3])};"
        )
        return known

    def _leaf(self, value: int) -> str:
        node = self.graph[value]
        match node.operation:
            case "load":
                return self.element(node.data[0], old=True)
            case "fired":
                return f"{self.element(node.data, old=True)} != 0"
            case "gate":
                return f"real({self.element(node.data, old=True)})"
            case "table":
                return self._entry(f"input {node.data}", "const real", node)
        return self._row(node)

    def _entry(self, pointer: str, type_: str, node) -> str:
        context, table = self.context, node.data
        array = context.arguments.pointer(pointer, type_.split()[-1], type_.startswith("const"))
        place = [self.render(argument) for argument in node.arguments]
        columns = context.arguments.number(f"columns {table}")
        trials = context.arguments.number(f"trials {table}")
        row = f"({place[0]} * {trials} + ({trials} > 1 ? trial : 0)) * {columns}"
        return f"{array}[{row} + {place[1] if len(place) > 1 else '0'}]"

    def _row(self, node) -> str:
        function = self.context.timed[node.data]
        rows = self.context.arguments.number(f"rows {node.data}")
        epsilon, upsampling = (function.parameters[n] for n in ("epsilon", "upsampling"))
        return f"l2l::row({self.render(node.arguments[0])}, {epsilon!r}, {upsampling!r}, {rows})"

    @property
    def is_parallel(self) -> bool:
        """Whether no lane writes what another one reads or writes."""
        written = {
            effect.access for effect in self.graph.effects if isinstance(effect, Store | Accumulate)
        }
        read = {access for _, access in self.graph.loads()}
        arrays = {access.array for access in written}
        touched = [a for a in written | read if a.array in arrays]
        scattered = any(isinstance(effect, Scatter) for effect in self.graph.effects)
        return not scattered and all(access.index == "" for access in touched)

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
                self.emit(f"{self.element(access)} = {self.render(value)};")
            case Accumulate(access=access, value=value):
                self.emit(f"{self.element(access)} += {self.render(value)};")
            case Fire(event=event, value=value):
                self.emit(f"{self.element(Access(event))} = {self.render(value)};")
            case Record(slot=slot, value=value):
                record = self.context.records[slot]
                array = self.pointer(
                    f"record {slot}", C_TYPES[record.type], self.context.record(record)
                )
                operator = "+=" if record.reduction in ("sum", "mean") else "="
                self.emit(f"{array}[i] {operator} {self.render(value)};")
            case Scatter(table=table, place=place, value=value):
                self._scatter(table, place, value)

    def _scatter(self, table: str, place, value: int) -> None:
        from types import SimpleNamespace

        node = SimpleNamespace(data=table[1:], arguments=place)
        entry = self._entry(f"gradient {table[1:]}", "real", node)
        self.emit(f"if ({entry.partition('[')[0]}) {entry} += {self.render(value)};")


def loop_forward(context: Context, number: int) -> str:
    """Return the function that runs a loop for all trials of a tile."""
    loop: Loop = context.operations[number]
    lane = Lane(context, loop.graph, loop, context.hosts)
    taped = context.needs[number].taped
    wanted = [effect.value for effect in loop.graph.effects]
    lane.program(loop.graph.order, loop.graph.needed([*wanted, *taped]))
    kept = []
    for value in taped:
        tape = _taped(lane, context, number, loop, value)
        kept.append(f"if constexpr (TAPE) {tape} = {lane.render(value)};")
    lines = [*lane.lines, *kept]
    return _function(context, number, loop, lane, lines, forward=True)


def _taped(lane: Lane, context: Context, number: int, loop: Loop, value: int) -> str:
    address = context.tape(f"{number} value {value}", "uint8_t", loop.lanes)
    array = lane.pointer(f"tape {number} {value}", "uint8_t", address)
    return f"{array}[i]"


def loop_backward(context: Context, number: int) -> str | None:
    """Return the function that runs the adjoint of a loop, and puts the state back."""
    loop, adjoint, needs = (
        context.operations[number],
        context.adjoints[number],
        context.needs[number],
    )
    kept = context.saves[number]
    if (adjoint is None or not adjoint.graph.effects) and not kept:
        return None
    graph = loop.graph if adjoint is None else adjoint.graph
    before = {name: context.saved(number, name) for name in sorted(kept)}
    lane = Lane(context, graph, loop, context.hosts, before)
    if adjoint is not None:
        _replay(lane, context, number, loop, adjoint, needs)
    return _function(context, number, loop, lane, lane.lines, forward=False)


def _replay(lane: Lane, context, number, loop, adjoint, needs) -> None:
    for value, name in needs.after.items():
        # The old values stand in the tape; here it is what the operation has left.
        known = context.names(f"after {number} {value}")
        type_ = lane.render.type(value)
        source = context.address(name)
        array = lane.pointer(name, lane._pointer_type(name), source)
        lane.emit(f"const {type_} {known} = {array}[i];")
        lane.render.known[value] = known
    for value in needs.taped:
        known = context.names(f"taped {number} {value}")
        lane.emit(f"const bool {known} = {_taped(lane, context, number, loop, value)};")
        lane.render.known[value] = known
    stop = frozenset(needs.after) | frozenset(needs.taped)
    wanted = adjoint.needed(stop)
    lane.values(v for v in wanted if v < adjoint.primal)
    lane.program(adjoint.graph.order, wanted)


def _function(context, number: int, loop: Loop, lane: Lane, lines, forward: bool) -> str:
    kept = context.saves[number]
    head = "template <bool TAPE> STEP void forward" if forward else "STEP void backward"
    out = [f"// {loop.name}", f"{head}_{number}(const Run& run, Tile& tile, long tick) {{"]
    if not forward and (slots := _records(loop)):
        conditions = [_skip(context, slot) for slot in slots]
        out += [f"    if ({' || '.join(conditions)}) return;"]
    out += [f"    {line}" for line in lane.numbers.values()]
    out += ["    for (long b = 0; b < tile.trials; ++b) {"]
    out += ["        [[maybe_unused]] const long trial = tile.first + b;"]
    if forward:
        out += [f"        if constexpr (TAPE) {line}" for line in saves(context, number, kept)]
    out += [f"        {line}" for line in lane.pointers.values()]
    if lines:
        if lane.is_parallel:
            out += ["#pragma GCC ivdep"]
        out += [f"        for (long i = 0; i < {loop.lanes}; ++i) {{"]
        out += [f"            {line}" for line in lines]
        out += ["        }"]
    if forward:
        out += [f"        {line}" for line in announce(context, loop)]
    else:
        out += [f"        {line}" for line in restores(context, number, kept)]
        out += [f"        {line}" for line in consume(context, loop)]
    return "\n".join([*out, "    }", "}", ""])


def _records(loop: Loop) -> list[int]:
    return [effect.slot for effect in loop.graph.effects if isinstance(effect, Record)]


def _skip(context: Context, slot: int) -> str:
    record = context.records[slot]
    pointer = context.arguments.pointer(f"gradient record {slot}", "real")
    if record.reduction != "last":
        return f"!{pointer}"
    last = context.arguments.number(f"last {record.clock}")
    return f"!{pointer} || {context.index(record.clock)} != {last}"
