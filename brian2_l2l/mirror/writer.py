"""Write the Python source of a block: one line per statement, reads and writes around them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..spec.expressions import names_in
from ..spec.network_spec import Block, Statement
from .functions import TimedTable, block_functions
from .helpers import Helpers
from .render import SoftRenderer, TensorRenderer, render_number
from .stages import HOST_ONCE, HOST_STEP, TENSOR_ONCE, TENSOR_STEP, analyse

__all__ = ["Writer", "path_of"]


class Writer:
    def __init__(self, block, spec, target, static, results, soft):
        self.block, self.spec, self.target = block, spec, target
        self.results, self.soft = results, soft
        self.stages = analyse(block, spec, target, static)
        timestep = spec.clocks[block.clock].array("timestep")
        self.functions = block_functions(block, target.exact, target.differentiable, timestep)
        self.namespace = self._namespace()
        self.soften = SoftRenderer(self._renderer(), self._emit)
        self.lines: list[str] = []
        self.kept: tuple[str, ...] = ()

    # ---------------------------------------------------------------- names

    def _namespace(self) -> dict[str, object]:
        helpers = Helpers(self.target, self._group())
        values = {"_l2l": helpers, **self.functions, **self.block.constants}
        for name, function in self.block.functions.items():
            values[f"_number_{name}"] = _number_function(function, self.functions[name])
        for name, ref in self.block.arrays.items():
            if self.stages[name] == HOST_ONCE:
                values[name] = self.spec.arrays[ref.array].values[0]
        with np.errstate(all="ignore"):
            for statement in self.block.statements:
                if self.stages[statement.target] == HOST_ONCE:
                    values[statement.target] = eval(render_number(statement.value), values)
        values.pop("__builtins__", None)
        return {name: Helpers.plain(value) for name, value in values.items()}

    def _group(self) -> str:
        return str(self.block.options.get("events", "")).partition(".")[0]

    def _hosts(self) -> frozenset[str]:
        return frozenset(name for name, stage in self.stages.items() if stage.host)

    def _renderer(self, mask: str | None = None, lanes: str = "_lanes") -> TensorRenderer:
        lane_calls = {n for n, f in self.functions.items() if hasattr(f, "takes_lanes")}
        masked = {n for n, f in self.functions.items() if hasattr(f, "takes_mask")}
        return TensorRenderer(self._hosts(), frozenset(lane_calls), frozenset(masked), mask, lanes)

    # ---------------------------------------------------------------- source

    def source(self) -> str:
        """Return the source of both functions."""
        header = [f"# {self.block.name} ({self.block.template})"]
        for name, stage in self.stages.items():
            if stage == HOST_ONCE and name in self.namespace:
                header.append(f"# {name} = {self.namespace[name]!r}")
        once, kept = self._once()
        self.kept = tuple(kept)
        return "\n".join([*header, "def once(_lanes):", *once, "", *self._step(kept), ""])

    def _once(self) -> tuple[list[str], list[str]]:
        self.lines = []
        once = {name for name, stage in self.stages.items() if stage == TENSOR_ONCE}
        statements = [s for s in self.block.statements if s.target in once]
        needed = set().union(*(names_in(s.value) for s in self.block.statements)) & once
        for name in sorted(needed & set(self.block.arrays)):
            self._read(name)
        for statement in statements:
            self._assign(statement)
        kept = sorted(needed | {name for name in (*self.results,) if name in once})
        kept = [name for name in kept if name in self.block.arrays or _assigned(statements, name)]
        kept += [self.soften.soft[name] for name in kept if name in self.soften.soft]
        self._emit(f"return ({''.join(name + ', ' for name in kept)})")
        return self.lines, kept

    def _step(self, kept: list[str]) -> list[str]:
        self.lines = []
        if kept:
            self._emit(f"{''.join(name + ', ' for name in kept)} = _once")
        self._host_step()
        if self.block.order == "by statement":
            self._statement_by_statement()
        else:
            self._all_together()
        returned = [*self.results, *([self._soft_result()] if self.soft else [])]
        self._emit(f"return ({''.join(name + ', ' for name in returned)})")
        return ["def step(_lanes, _once):", *self.lines]

    def _host_step(self) -> None:
        used = self._used_in_steps()
        for name in sorted(used & set(self.block.arrays)):
            if self.stages[name] == HOST_STEP:
                self._emit(f"{name} = _lanes.state.clocks[{self.block.arrays[name].array!r}]")
        for statement in self.block.statements:
            if self.stages[statement.target] == HOST_STEP:
                self._emit(f"{statement.target} = {render_number(statement.value)}")
        for name in sorted(used):
            if self.stages.get(name) == HOST_STEP:
                self._emit(f"{name} = _l2l.plain({name})")

    def _all_together(self) -> None:
        steps = self._step_statements()
        for name in sorted(self._arrays_read(steps)):
            self._read(name)
        for statement in steps:
            self._assign(statement)
        self._write_back(steps)

    def _statement_by_statement(self) -> None:
        steps = self._step_statements()
        local = {n for n, ref in self.block.arrays.items() if ref.index in ("_idx", "0")}
        for name in sorted(self._arrays_read(steps) & local):
            self._read(name)
        for statement in steps:
            read = self._arrays_read([statement], targets=False) - local
            for name in sorted(read):
                self._read(name)
            if statement.target in self.block.arrays and statement.target not in local:
                self._update(statement)
            else:
                self._assign(statement)
        self._write_back([s for s in steps if s.target in local])

    # ------------------------------------------------------------ statements

    def _step_statements(self) -> list[Statement]:
        return [s for s in self.block.statements if self.stages[s.target] == TENSOR_STEP]

    def _used_in_steps(self) -> set[str]:
        used = set(self.results)
        for statement in self.block.statements:
            if not self.stages[statement.target].once:
                used |= names_in(statement.value)
        return used

    def _arrays_read(self, statements, targets=True) -> set[str]:
        read = set()
        for statement in statements:
            read |= names_in(statement.value)
            guard = self.block.guards.get(statement.target)
            if statement.target in self.block.arrays and guard is not None:
                read |= {guard}
            if targets and statement.target in self.block.arrays and (statement.inplace or guard):
                read.add(statement.target)
        return {n for n in read if n in self.block.arrays and self.stages[n] == TENSOR_STEP}

    def _assign(self, statement: Statement) -> None:
        target, guard = statement.target, self.block.guards.get(statement.target)
        guard = guard if target in self.block.arrays and statement.op != ":=" else None
        if self.soft and statement.kind == "boolean" and target not in self.block.arrays:
            value, soft = self.soften(statement.value)
            self.soften.soft[target] = f"{target}_soft"
            self._emit(f"{target}_soft = {soft}")
        else:
            lanes = "_lanes.single" if statement in self.block.scalar else "_lanes"
            value = self._renderer(guard, lanes).of_kind(statement.value, statement.kind)
        if statement.inplace:
            value = f"{target} {statement.op[:-1]} {value}"
        if guard is not None:
            value = f"_l2l.where({guard}, {value}, {target})"
        self._emit(f"{target} = {value}")

    def _update(self, statement: Statement) -> None:
        guard = self.block.guards.get(statement.target)
        value = self._renderer(guard)(statement.value)
        array, path = self._place(statement.target)
        # Brian2's numpy target lets plain assignments to shared elements through the guard.
        unguarded = self.target.exact and statement.op == "="
        where = f", where={guard}" if guard is not None and not unguarded else ""
        self._emit(f"_lanes.update({statement.op!r}, {array!r}, {path!r}, {value}{where})")

    def _write_back(self, statements: Sequence[Statement]) -> None:
        targets = dict.fromkeys(s.target for s in statements if s.target in self.block.arrays)
        for name in targets:
            ref = self.block.arrays[name]
            if ref.scalar or ref.index == "0":
                self._emit(f"_lanes.write_scalar({ref.array!r}, {name})")
            else:
                array, path = self._place(name)
                self._emit(f"_lanes.write({array!r}, {path!r}, {name})")

    def _read(self, name: str) -> None:
        ref = self.block.arrays[name]
        if ref.scalar or ref.index == "0":
            self._emit(f"{name} = _lanes.read_scalar({ref.array!r})")
        else:
            array, path = self._place(name)
            self._emit(f"{name} = _lanes.read({array!r}, {path!r})")

    def _place(self, name: str) -> tuple[str, tuple[str, ...]]:
        return self.block.arrays[name].array, path_of(self.block, name)

    def _soft_result(self) -> str:
        return self.soften.soft.get(self.soft, f"_l2l.real({self.soft})")

    def _emit(self, line: str) -> None:
        self.lines.append(f"    {line}")


def path_of(block: Block, name: str) -> tuple[str, ...]:
    """Return the arrays of indices between a lane and the element of variable ``name``."""
    path: list[str] = []
    index = block.arrays[name].index
    while index not in ("_idx", "0"):
        ref = block.arrays[index]
        path.insert(0, ref.array)
        if ref.index == index:
            break
        index = ref.index
    return tuple(path)


def _assigned(statements: Sequence[Statement], name: str) -> bool:
    return any(statement.target == name for statement in statements)


def _number_function(spec, function):
    if isinstance(function, TimedTable):
        return lambda t: function.table[function.rows(t, len(function.table))]
    return spec.numpy
