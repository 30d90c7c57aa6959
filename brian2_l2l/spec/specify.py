"""Recording -> NetworkSpec: resolve names, parse statements, drop all live objects."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from brian2.core.base import BrianObject
from brian2.core.clocks import Clock
from brian2.core.variables import ArrayVariable, Constant
from brian2.synapses.synapses import SynapticPathway

from .network_spec import ArraySpec, Block, ClockSpec, NetworkSpec
from .operations import let_operations_write
from .recorder import RecordedCode, Recording
from .refusals import origin_of, refuse
from .spike_queue import read_waiting
from .statements import specify_code
from .templates import operation_block, push_block, template_of, template_options

__all__ = ["ArrayNames", "specify", "specify_arrays", "specify_block"]

TIMES = frozenset({"t", "lastspike", "lastupdate", "spike_time", "period"})


class ArrayNames:
    """Give every Brian2 array a readable name that is unique in the network."""

    def __init__(self):
        self._names: dict[int, str] = {}
        self.variables: dict[str, ArrayVariable] = {}

    def __call__(self, variable: ArrayVariable) -> str:
        if id(variable) not in self._names:
            base = f"{getattr(variable.owner, 'name', 'temporary')}.{variable.name}"
            name, k = base, 1
            while name in self.variables:
                k += 1
                name = f"{base}_{k}"
            self._names[id(variable)] = name
            self.variables[name] = variable
        return self._names[id(variable)]

    def known(self, variable: ArrayVariable) -> str | None:
        """Return the name that an array has been given, None if it has none."""
        return self._names.get(id(variable))


def specify(recording: Recording, names: ArrayNames | None = None) -> NetworkSpec:
    """Turn a recording into frozen data.

    Parameters
    ----------
    recording : Recording
    names : ArrayNames, optional
        Collects the live Brian2 arrays behind the names, for whoever writes values back.

    Returns
    -------
    spec : NetworkSpec

    Raises
    ------
    UnsupportedModelError
        For a construct that cannot be mirrored.
    """
    names = names if names is not None else ArrayNames()
    blocks = []
    for obj, codes in recording.objects:
        _check_clock(obj)
        blocks.extend(_blocks_of(obj, codes, names))
    clocks = {obj.clock for obj, _ in recording.objects}
    spec = NetworkSpec(
        clocks={clock.name: _clock(clock, names) for clock in sorted(clocks, key=_clock_name)},
        blocks=tuple(blocks),
        arrays=specify_arrays(names),
        pending={
            obj.name: read_waiting(obj.queue)
            for obj, _ in recording.objects
            if isinstance(obj, SynapticPathway)
        },
    )
    return let_operations_write(spec)


def specify_arrays(names: ArrayNames) -> dict[str, ArraySpec]:
    """Return all arrays that have a name, with their present values."""
    return {name: _array(name, variable) for name, variable in names.variables.items()}


def _clock_name(clock: Clock) -> str:
    return clock.name


def _check_clock(obj: BrianObject) -> None:
    if "dt" not in obj.clock.variables:
        refuse(
            obj,
            f"its clock '{obj.clock.name}' ticks at given times and has no time step",
            "run_regularly with a dt, and the times as a condition or a TimedArray in its code",
        )


def _blocks_of(obj: BrianObject, codes: tuple[RecordedCode, ...], names: ArrayNames):
    if getattr(obj.run, "__func__", None) is not BrianObject.run:
        yield operation_block(obj)
        return
    if isinstance(obj, SynapticPathway):
        yield push_block(obj, names)
    for code in codes:
        if code.template_name != "synapses_push_spikes":
            yield specify_block(obj, code, names)


def specify_block(obj: BrianObject, code: RecordedCode, names: ArrayNames) -> Block:
    """Return the block of one recorded piece of code.

    Parameters
    ----------
    obj : brian2.BrianObject
        The object that runs the code.
    code : RecordedCode
    names : ArrayNames
    """
    template = template_of(code)
    options, implicit_writes = template_options(template, obj, code, names)
    content = specify_code(obj, code, names)
    arrays = content["arrays"]
    targets = {s.target for s in (*content["scalar"], *content["vector"])}
    writes = {arrays[name].array for name in targets if name in arrays}
    return Block(
        name=obj.name,
        template=template,
        clock=obj.clock.name,
        constants=_constants(code.variables),
        options=options,
        writes=frozenset(writes | implicit_writes),
        origin=origin_of(obj if getattr(obj, "_creation_stack", "") else code.owner),
        **content,
    )


def _constants(variables: Mapping[str, object]) -> dict[str, float]:
    return {
        name: _plain(variable.get_value())
        for name, variable in variables.items()
        if isinstance(variable, Constant)
    }


def _plain(value):
    return value.item() if isinstance(value, np.generic | np.ndarray) else value


def _clock(clock: Clock, names: ArrayNames) -> ClockSpec:
    arrays = frozenset(names(clock.variables[name]) for name in ("t", "dt", "timestep"))
    timestep = int(clock.variables["timestep"].get_value()[0])
    return ClockSpec(clock.name, float(clock.dt_), timestep, arrays)


def _array(name: str, variable: ArrayVariable) -> ArraySpec:
    values = np.array(variable.get_value())
    values.setflags(write=False)
    return ArraySpec(
        name,
        values,
        tuple(variable.dim._dims),
        scalar=bool(variable.scalar),
        constant=bool(variable.constant),
        time=variable.name in TIMES and isinstance(values.dtype.type(), np.float64),
    )
