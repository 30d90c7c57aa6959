"""The statements of one block -> the graph of one lane."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...spec.expressions import Name, names_in
from ...spec.network_spec import Block, FunctionSpec, Statement
from ..codegen import BlockCode
from ..counters import is_uniform
from ..render import render_number
from ..stages import HOST_ONCE, TENSOR_ONCE, TENSOR_STEP
from .coverage import not_covered
from .graph import Access, Accumulate, Fire, Graph, Record, Store, Uniform
from .places import Places
from .scope import Draw, Scope, gates
from .translate import OPERATIONS, Host, Translator, host_name

__all__ = ["Statements"]


class Statements:
    """Makes the graph of a block.

    Parameters
    ----------
    block : Block
    code : BlockCode
        Of the same block in the plain lowering.
    scope : Scope
    elements : numpy.ndarray, optional
        The element of each lane; by default lane ``k`` is element ``k``.
    gate : str, optional
        The events that decide which lanes run.
    single : bool
        Whether there is one lane, in which shared variables change.
    """

    def __init__(
        self,
        block: Block,
        code: BlockCode,
        scope: Scope,
        elements: np.ndarray | None = None,
        gate: str | None = None,
        single: bool = False,
    ):
        self.block, self.code, self.scope = block, code, scope
        self.gate, self.single = gate, single
        self.graph = Graph()
        self.places = Places(block, scope, elements, gated=gate is not None)
        self.current: dict[str, int] = {}
        self.changed: set[str] = set()
        self.replaced: set[str] = set()
        self._in_scalar = False
        self.translate = Translator(
            self.graph,
            block,
            code.stages,
            code.namespace,
            read=self._read,
            host=self._host,
            draw=self._draw,
            look_up=self._look_up,
        )

    @property
    def tables(self) -> dict[str, np.ndarray]:
        """The elements of the lanes; see `Places`."""
        return self.places.tables

    # -------------------------------------------------------- statements

    def run(self, statements: Sequence[Statement]) -> Statements:
        """Translate the statements that run at every step, and their writes."""
        for statement in statements:
            if self.code.stages[statement.target] == TENSOR_STEP:
                self._in_scalar = statement in self.block.scalar
                self._statement(statement)
        for name in dict.fromkeys(s.target for s in statements):
            if name in self.current and name in self.block.arrays:
                self._write_back(name)
        return self

    def results(self, names: Sequence[str], first: int) -> None:
        """Hand values to records, numbered from ``first``."""
        for slot, name in enumerate(names, first):
            self.graph.effect(Record(slot, self.translate._of_kind(self._any(name), "boolean")))

    def fire(self, event: str, condition: str, soft: bool) -> None:
        """Emit an event where a condition is true."""
        fired = self.translate._of_kind(self._any(condition), "boolean")
        spike = self.translate.softs.get(condition) if soft else None
        self.graph.effect(Fire(event, fired, spike))

    def _any(self, name: str):
        kind = next(s.kind for s in self.block.statements if s.target == name)
        return self.translate.any(Name(kind, name))

    def _statement(self, statement: Statement) -> None:
        name = statement.target
        if name not in self.block.arrays:
            self.translate.locals[name] = self._local(statement)
        elif self.block.order == "by statement" and not self.places.is_own(name):
            self._update(statement)
        else:
            self.current[name] = self._assigned(statement)

    def _local(self, statement: Statement) -> int:
        if statement.kind == "boolean":
            fired, spike = self.translate.soft(statement.value)
            self.translate.softs[statement.target] = spike
            return fired
        value = self.translate.value(statement.value, statement.kind)
        self.graph.hints.setdefault(value, statement.target)
        return value

    def _assigned(self, statement: Statement) -> int:
        """Return the new value of a variable, which other statements of the lane see."""
        translate, name = self.translate, statement.target
        value = translate._lifted(statement.value, statement.kind)
        if statement.inplace:
            value = self._inplace(statement.op, self._read(name), value)
        type_ = self.scope.type_of(self.block.arrays[name].array)
        value = translate._typed(value, type_)
        guard = self.block.guards.get(name)
        if guard is not None:
            value = self.graph.select(self._read(guard), value, self._read(name))
        return value

    def _inplace(self, op: str, before: int, value) -> int:
        operation = {**OPERATIONS, "**": "pow"}[op.removesuffix("=")]
        return self.graph.binary(operation, *self.translate._pair(before, value))

    # ------------------------------------------------------------ reads

    def _read(self, name: str) -> int:
        if name in self.current:
            return self.current[name]
        if name not in self.block.arrays or self.code.stages[name] == TENSOR_ONCE:
            value = self._once(name)
            if value is not None:
                return value
        access = self.places.access(name)
        if access.array in self.changed:
            not_covered(self.block, "read after write")
        return self.graph.load(access, self.scope.type_of(access.array))

    def _once(self, name: str) -> int | None:
        statements = [s for s in self.block.statements if s.target == name]
        if not statements or name in self.block.arrays:
            return None
        array = f"{self.block.name}.{name}"
        type_ = {"boolean": "bool", "integer": "int64", "float": "real"}[statements[0].kind]
        self.scope.inputs[array] = (self.block, self.code, name, type_)
        return self.graph.load(Access(array), type_)

    # ----------------------------------------------------------- writes

    def _update(self, statement: Statement) -> None:
        """Apply a statement to elements that several lanes may share, one lane after the other."""
        name, translate = statement.target, self.translate
        access = self.places.access(name)
        type_ = self.scope.type_of(access.array)
        value = translate._lifted(statement.value, statement.kind)
        guard = self.block.guards.get(name)
        if statement.op not in ("+=", "-="):
            self._update_in_turn(statement.op, access, value, guard)
            return
        value = translate._typed(value, type_)
        if access.array in self.replaced:
            not_covered(self.block, "read after write")
        if guard is not None:
            value = self.graph.select(self._read(guard), value, self.graph.constant(0, type_))
        if self.gate is not None:
            value = self.graph.add("gated", type_, (*self._gates(), value))
        if statement.op == "-=":
            value = self.graph.unary("neg", value)
        self.changed.add(access.array)
        self.graph.effect(Accumulate(access, value))

    def _update_in_turn(self, op: str, access: Access, value, guard: str | None) -> None:
        if self.gate is None:
            not_covered(self.block, "indexed write")
        if access.array in self.changed:
            not_covered(self.block, "read after write")
        type_ = self.scope.type_of(access.array)
        before = self.graph.load(access, type_)
        if op != "=":
            value = self._inplace(op, before, value)
        value = self.translate._typed(value, type_)
        if guard is not None:
            value = self.graph.select(self._read(guard), value, before)
        self.changed.add(access.array)
        self.replaced.add(access.array)
        self.graph.effect(Store(access, self._blended(value, before)))

    def _write_back(self, name: str) -> None:
        access = self.places.access(name)
        if access.index == "0" and not self.single:
            not_covered(self.block, "shared write")
        own = self.places.is_own(name) if self.gate is None else self.block.order != "by statement"
        if access.index not in ("", "0") and not own:
            not_covered(self.block, "indexed write")
        before = self.graph.load(access, self.scope.type_of(access.array))
        self.graph.effect(Store(access, self._blended(self.current[name], before)))

    def _blended(self, after: int, before: int) -> int:
        if self.gate is None:
            return after
        fired, gate = self._gates()
        type_ = self.graph[after].type
        if type_ not in ("real", "double"):
            return self.graph.select(fired, after, before)
        # Brian2's resets are blends; synapses act as a whole.
        detach = self.block.template == "reset" and self.scope.target.detach_reset
        return self.graph.add("blend", type_, (fired, gate, after, before), detach)

    def _gates(self) -> tuple[int, int]:
        return gates(self.graph, Access(self.gate))

    # --------------------------------------------- numbers from outside

    def _host(self, source: str, kind: str) -> str:
        name = host_name(self.block, source)
        self.scope.hosts[name] = (self.block, self.code, source, kind)
        return name

    def _draw(self, call) -> int:
        if is_uniform(self.block, call.function):
            return self._uniform(call)
        if self.block.order == "by event":
            not_covered(self.block, "random per event")
        stages = self.code.stages
        names = frozenset().union(*map(names_in, call.arguments))
        if not all(stages[name] == HOST_ONCE for name in names if name in stages):
            not_covered(self.block, "random rate")
        single = self.single or self._in_scalar
        array = f"{self.block.name} random {len(self.scope.draws)}"
        loop = f"{self.block.name} shared" if self.single else self.block.name
        self.scope.draws[array] = Draw(loop, self.code, call, single)
        value = self.graph.load(Access(array, "0" if single else ""), "real")
        return self.graph.cast("int32", value) if call.function == "poisson" else value

    def _uniform(self, call) -> int:
        name = self.code.namespace[call.function].call(call.arguments[0].value)
        self.scope.uniform.add(name)
        timestep = self.scope.spec.clocks[self.block.clock].array("timestep")
        element = "0" if self.single or self._in_scalar else self.places.index()
        place = Uniform(name, self._host(f"@{timestep}", "integer"), element)
        return self.graph.add("uniform", "real", (), place)

    def _look_up(self, call, arguments: list) -> int:
        function, graph = self.block.functions[call.function], self.graph
        table = f"table {function.name}"
        self.scope.tables[table] = function
        time = arguments[0]
        if isinstance(time, Host):
            source = render_number(call.arguments[0])
            row = graph.host(self._host(f"_row_{call.function}({source})", "integer"), "int32")
        else:
            row = graph.add("row", "int32", (self.translate._of_kind(time, "float"),), table)
        if not function.table.size:
            not_covered(self.block, "outside")
        place = [row]
        if function.table.ndim == 2:
            place.append(self._column(arguments[1], function))
        return graph.add("table", "real", place, table)

    def _column(self, value: int | Host, function: FunctionSpec) -> int:
        """Return a column, which the program checks where it is not known to be there."""
        narrow = not isinstance(value, Host) and self.graph[value].type in ("int32", "bool")
        type_ = "int32" if narrow else "int64"
        column = self.translate._typed(value, type_)
        columns, known = function.table.shape[1], self._known(column)
        if known is not None and np.all((0 <= known) & (known < columns)):
            return column
        return self.graph.add("column", type_, (column,), (function.name, columns))

    def _known(self, value: int) -> np.ndarray | None:
        """Return all values that a whole number may have, if they are the same in every run."""
        node = self.graph[value]
        if node.operation == "cast":
            node = self.graph[node.arguments[0]]
        if node.operation == "constant":
            return np.array(node.data[1])
        spec, name = self.scope.spec, node.data[0].array if node.operation == "load" else ""
        if name not in spec.arrays or name in spec.written | self.scope.target.tensors:
            return None
        array = spec.arrays[name]
        return None if array.kind == "float" else array.values
