"""The differentiable program of random networks: in conformance it gives Brian2's values."""

import gc

import brian2
import numpy as np
import torch
from brian2 import Group, Network, SpikeMonitor, ms
from brian2.core.base import BrianObject
from brian2.core.variables import ArrayVariable

import brian2_l2l as l2l
from validation.fuzz.generate import generate

DURATION = 10 * ms
WANTED, MOST_TRIED = 12, 60
RUNS = ("run(", "net.run(", "store(", "net.store(")
#: What only numbers the elements, tells the time, or is read by nothing but Brian2 itself.
LEFT_OUT = ("N", "i", "j", "t", "dt", "lastspike", "lastupdate", "spike_number")


def setup_of(script) -> str | None:
    """Return a script up to its first run; None if it has Python code that runs between steps."""
    if any("network_operation" in block for block in script.blocks):
        return None
    first = next(
        k
        for k, block in enumerate(script.blocks)
        if any(line.startswith(RUNS) for line in block.splitlines())
    )
    return "\n\n".join(script.blocks[:first])


def build(setup: str):
    """Return the network that a script sets up, its groups by name, and the script's namespace."""
    brian2.start_scope()
    namespace = {"__name__": "random network"}
    exec(compile(setup, "random network", "exec"), namespace)
    objects = [value for value in namespace.values() if isinstance(value, BrianObject)]
    net = namespace.get("net") or Network(objects)
    groups = {obj.name: obj for obj in objects if is_group(obj)}
    return net, groups, namespace


def is_group(obj) -> bool:
    return isinstance(obj, Group) and not hasattr(obj, "record")


def keys_of(groups):
    """Return the record keys of spike counts and of final values that both programs know."""
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


def own_variables(group):
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


def build_alike(setup: str):
    """Return `build`, with the names that Brian2 makes up, and so the order of objects, alike."""
    gc.collect()
    return build(setup)


def brian2_values(setup: str):
    net, groups, namespace = build_alike(setup)
    spiking, values = keys_of(groups)
    counters = {key: SpikeMonitor(groups[key[0]], record=False) for key in spiking}
    net.add(*counters.values())
    net.run(DURATION, namespace=namespace)
    found = {key: np.array(counter.count) for key, counter in counters.items()}
    found |= {key: groups[key[0]].variables[key[1]].get_value().copy() for key in values}
    return found, np.random.random()


def mirror_values(setup: str):
    net, groups, namespace = build_alike(setup)
    mirror = l2l.mirror(net, fidelity="conformance", namespace=namespace)
    record = mirror.run(DURATION, record=sum(keys_of(groups), []))
    return {key: value[0].detach().numpy() for key, value in record.items()}, np.random.random()


def test_the_differentiable_program_of_random_networks(seed):
    torch.set_num_threads(1)
    compared = spikes = 0
    for index in range(MOST_TRIED):
        setup = setup_of(generate(seed, index))
        if setup is None or compared == WANTED:
            continue
        try:
            expected, random = brian2_values(setup)
        except Exception:
            # Not every random script is one that Brian2 takes.
            continue
        if not all(np.isfinite(v).all() for v in expected.values() if v.dtype.kind == "f"):
            continue
        found, random_after = mirror_values(setup)
        for key, value in expected.items():
            np.testing.assert_array_equal(found[key], value, f"network {index}: {key}")
        assert random_after == random, f"network {index}: other random numbers were drawn"
        compared += 1
        spikes += sum(int(v.sum()) for key, v in expected.items() if key[1] == "spikes")
    assert compared == WANTED and spikes > 20 * WANTED
