"""Random networks as mirrors can take them: with what can be recorded and trained of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import brian2
import numpy as np
from brian2 import Group, Network
from brian2.core.base import BrianObject
from brian2.core.variables import ArrayVariable

import brian2_l2l as l2l
from validation.fuzz.generate import generate
from validation.fuzz.script import Script

__all__ = ["RandomNetwork", "build", "keys_of", "own_variables", "random_networks", "setup_of"]

RUNS = ("run(", "net.run(", "store(", "net.store(")
#: What only numbers the elements, tells the time, or is read by nothing but Brian2 itself.
LEFT_OUT = ("N", "i", "j", "t", "dt", "lastspike", "lastupdate", "spike_number")
#: What is in networks that are never covered: torch alone knows the derivative.
USERS_FUNCTION = "@implementation('torch'"


class RandomNetwork(NamedTuple):
    """
    A network, and what can be done with it.

    Attributes
    ----------
    net : Network
    keys : list of tuple
        What can be recorded: spike counts, and values at the end.
    trainable : list of tuple
        All parameters that can be trained.
    namespace : dict
        That of its script.
    """

    net: Network
    keys: list[tuple]
    trainable: list[tuple]
    namespace: dict[str, Any]


def random_networks(seed: int, indices: Iterable[int]) -> Iterator[tuple[int, RandomNetwork]]:
    """Give the random networks of some numbers that Brian2 takes, each after its number."""
    for index in indices:
        setup = setup_of(generate(seed, index))
        if setup is None or USERS_FUNCTION in setup:
            continue
        try:
            network = made(setup)
        except Exception:
            # Not every random script is one that Brian2 takes.
            continue
        yield index, network


def setup_of(script: Script) -> str | None:
    """Give a script up to its first run; None if it has Python code that runs between steps."""
    if any("network_operation" in block for block in script.blocks):
        return None
    first = next(
        k
        for k, block in enumerate(script.blocks)
        if any(line.startswith(RUNS) for line in block.splitlines())
    )
    return "\n\n".join(script.blocks[:first])


def made(setup: str) -> RandomNetwork:
    """Make the network of a script."""
    np.random.seed(1)
    net, groups, namespace = build(setup)
    mirror = l2l.mirror(net, namespace=namespace)
    keys = [(name, variable) for name, group in groups.items() for variable in own_variables(group)]
    trainable = [key for key in keys if is_parameter(mirror, ".".join(key))]
    return RandomNetwork(net, sum(keys_of(groups), []), trainable, namespace)


def build(setup: str) -> tuple[Network, dict[str, Group], dict[str, Any]]:
    """Give the network that a script sets up, its groups by name, and the script's namespace."""
    brian2.start_scope()
    namespace = {"__name__": "random network"}
    exec(compile(setup, "random network", "exec"), namespace)
    objects = [value for value in namespace.values() if isinstance(value, BrianObject)]
    net = namespace.get("net") or Network(objects)
    groups = {obj.name: obj for obj in objects if is_group(obj)}
    return net, groups, namespace


def is_group(obj: BrianObject) -> bool:
    """Tell whether an object is a group, and no monitor."""
    return isinstance(obj, Group) and not hasattr(obj, "record")


def is_parameter(mirror: l2l.Mirror, name: str) -> bool:
    """Tell whether an array can be trained."""
    array, fixed = mirror.spec.arrays.get(name), mirror._lookup.structure | mirror.spec.written
    return array is not None and array.kind == "float" and not array.time and name not in fixed


def keys_of(groups: dict[str, Group]) -> tuple[list[tuple], list[tuple]]:
    """Give the record keys of spike counts, and of final values that all programs know."""
    spiking = [(n, "spikes", "sum") for n, g in groups.items() if "_spikespace" in g.variables]
    # At the end of the last step of the shortest clock, nothing changes any more.
    shortest = min(group.clock.dt_ for group in groups.values())
    values = [
        (name, variable, "last")
        for name, group in groups.items()
        if group.clock.dt_ == shortest
        for variable in own_variables(group)
    ]
    return spiking, values


def own_variables(group: Group) -> list[str]:
    """List the variables of a group that hold its state."""
    return [
        name
        for name, variable in group.variables.items()
        if isinstance(variable, ArrayVariable)
        and variable.owner is not None
        and variable.owner.name == group.name
        and group.variables.indices[name] in ("_idx", "0")
        and not name.startswith("_")
        and name not in LEFT_OUT
    ]
