"""Change what a standalone program does before it runs the network."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from brian2.core.variables import Variable
from brian2.devices.cpp_standalone.device import cpp_standalone_device as device

from brian2_l2l_plugins.l2l.evolution.standalone.device import SEED_CODE

#: Brian2's own code for values that are given to the program.
TAKE_VALUES = ("insert_code", "set_from_command_line(args);")


def has_run(queue: Collection[tuple]) -> bool:
    """Return whether there is a run in the queue of the device."""
    return any(kind == "run_network" for kind, _ in queue)


def seed_again(queue: Collection[tuple]) -> list[tuple]:
    """Return a queue in which ``seed()`` means the seed of the evaluation."""
    seeding = ("insert_code", SEED_CODE)
    return [seeding if entry == ("seed", None) else entry for entry in queue]


def take_early(queue: Collection[tuple], variables: Collection[Variable]) -> list[tuple]:
    """Return a queue in which parameters have their values as soon as the script assigns them.

    Brian2 sets given values right before the first run. What the script computes before from a
    variable (``S.w = 'g*rand()'``), or what a run prepares, such as the queues of delays, would
    have the value that the script assigned. So the given values are set after each step that can
    touch one of the variables, and at the start.

    Parameters
    ----------
    queue : list of tuple
        The kind and the arguments of each step.
    variables : sequence of Variable
        The parameters.
    """
    arrays = {
        device.get_array_name(variable, access_data=data)
        for variable in variables
        for data in (True, False)
    }
    changed, depth = [TAKE_VALUES], 0
    for position, (kind, arguments) in enumerate(queue):
        if kind == "run_network":
            return changed + list(queue)[position:]
        depth += {"start_run_func": 1, "end_run_func": -1}.get(kind, 0)
        changed.append((kind, arguments))
        # Inside of a function of C++ the given values are not known.
        if depth == 0 and _touches(kind, arguments, variables, arrays):
            changed.append(TAKE_VALUES)
    return changed


def _touches(kind: str, arguments: Any, variables: Collection[Variable], arrays: set[str]) -> bool:
    if kind == "run_code_object":
        (code,) = arguments
        creates = code.template_name.startswith("synapses_create")
        return creates or any(used is one for used in code.variables.values() for one in variables)
    return kind.startswith(("set_", "resize_")) and arguments[0] in arrays
