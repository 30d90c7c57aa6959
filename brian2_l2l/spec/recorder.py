"""Record every piece of code that Brian2 prepares for a run.

``Device.code_object`` is the one place that all of Brian2's code passes through. A listener
put there while ``Network.before_run`` works sees the abstract code, the resolved variables and
their indices, and leaves the network as any other preparation for a run would.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from brian2.core.base import BrianObject, BrianObjectException
from brian2.core.network import Network
from brian2.core.preferences import prefs
from brian2.devices.device import RuntimeDevice, get_device

from ..errors import UnsupportedModelError
from .gsl import derivatives_described
from .refusals import refuse

__all__ = ["RecordedCode", "Recording", "record", "recording"]


@dataclass(frozen=True)
class RecordedCode:
    """The arguments of one call of ``Device.code_object``."""

    owner: object
    name: str
    abstract_code: Mapping[str | None, str]
    variables: Mapping[str, object]
    template_name: str
    variable_indices: Mapping[str, str]
    template_kwds: Mapping[str, object]
    override_conditional_write: frozenset[str]


@dataclass(frozen=True)
class Recording:
    """The active objects of a network in schedule order, each with its recorded code."""

    network: Network
    objects: tuple[tuple[BrianObject, tuple[RecordedCode, ...]], ...]


@contextmanager
def recording() -> Iterator[list[RecordedCode]]:
    """Collect the code that Brian2 prepares inside this context."""
    device = get_device()
    original = device.code_object
    signature = inspect.signature(original)
    collected: list[RecordedCode] = []

    # Unknown arguments go through untouched, so that a Brian2 that adds one still works.
    def listen(*args, **kwds):
        arguments = signature.bind(*args, **kwds).arguments
        code = original(*args, **kwds)
        collected.append(_recorded(code.name, arguments))
        return code

    previous_target = prefs.codegen.target
    prefs.codegen.target = "numpy"
    device.code_object = listen
    try:
        with derivatives_described():
            yield collected
    finally:
        del device.code_object
        prefs.codegen.target = previous_target


def _recorded(name: str, arguments: Mapping[str, object]) -> RecordedCode:
    return RecordedCode(
        owner=arguments["owner"],
        name=name,
        abstract_code=dict(arguments["abstract_code"]),
        variables=dict(arguments["variables"]),
        template_name=arguments["template_name"],
        variable_indices=dict(arguments["variable_indices"]),
        template_kwds=dict(arguments.get("template_kwds") or {}),
        override_conditional_write=frozenset(arguments.get("override_conditional_write") or ()),
    )


def record(network: Network, namespace: Mapping[str, object]) -> Recording:
    """Prepare ``network`` for a run and record the code of all its active objects.

    Parameters
    ----------
    network : brian2.Network
        Built on the runtime device (or the device ``'torch'``).
    namespace : dict
        The external names of the model, as for ``Network.run``.

    Returns
    -------
    recording : Recording

    Raises
    ------
    UnsupportedModelError
        If the network belongs to a standalone device, or cannot be prepared for numpy.
    """
    if not isinstance(get_device(), RuntimeDevice):
        raise UnsupportedModelError(
            f"A network can be recorded on the runtime device only, but the current device is "
            f"'{type(get_device()).__name__}'.\nWrite instead: set_device('runtime') before the "
            "network is built; what was trained can then be given to a standalone run."
        )
    network._clocks = {obj.clock for obj in network.sorted_objects}
    with recording() as collected:
        try:
            network.before_run(namespace)
        except BrianObjectException as error:
            _refuse_what_numpy_lacks(network, error)
            raise
    by_name = {code.name: code for code in collected}
    active = [obj for obj in network.sorted_objects if obj.active]
    return Recording(network, tuple((obj, _codes_of(obj, by_name)) for obj in active))


def _codes_of(obj: BrianObject, by_name: Mapping[str, RecordedCode]) -> tuple[RecordedCode, ...]:
    for code in obj.code_objects:
        # The code that pushes spikes is kept between runs; it has no statements.
        if code.name not in by_name and code.template_name != "synapses_push_spikes":
            refuse(
                obj,
                f"it keeps the code '{code.name}' of an earlier run, which nothing describes",
                "an object that makes its code in before_run, as all of Brian2's own do",
            )
    return tuple(by_name[code.name] for code in obj.code_objects if code.name in by_name)


def _refuse_what_numpy_lacks(network: Network, error: BrianObjectException) -> None:
    cause = error.__cause__
    if isinstance(cause, UnsupportedModelError):
        raise cause from None
    if isinstance(cause, NotImplementedError):
        named = (obj for obj in network.sorted_objects if obj.name == error._brian_objname)
        obj = next(named, error._brian_objname)
        construct = " ".join(str(cause).split()).rstrip(".")
        refuse(obj, construct, "a construct that Brian2's numpy target can run")
