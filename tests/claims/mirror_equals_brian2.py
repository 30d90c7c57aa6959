"""The claim that the device ``'torch'``, or a mirror, does what Brian2 does, bit for bit."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from brian2 import Network, NeuronGroup, SpikeMonitor, ms, seed, set_device, start_scope
from brian2.groups.group import Group
from brian2.groups.subgroup import Subgroup

import brian2_l2l as l2l
from tests.claims.activity import assert_healthy

#: A group that spikes in more than this part of all time steps is saturated.
SATURATED = 0.25


def run_for(duration) -> Callable[[Network], None]:
    """Return the run that lasts so long."""
    return lambda net: net.run(duration)


def assert_mirror_equals_brian2(
    build: Callable[[], Network],
    random_seed: int,
    run: Callable[[Network], None] | None = None,
    silent: tuple[str, ...] = (),
) -> dict[str, np.ndarray]:
    """Run a network on the runtime device and on ``'torch'``, and compare all that they leave.

    Parameters
    ----------
    build : callable
        Makes the network; its groups have names of their own.
    random_seed : int
        For ``brian2.seed``, before the network is made.
    run : callable, optional
        Runs the network, for 20 ms by default.
    silent : tuple of str
        The groups that need not spike. All others must, and must not be saturated.

    Returns
    -------
    values : dict
        Every state variable of every object, and the state of the random numbers.
    """
    run = run_for(20 * ms) if run is None else run
    expected = values_after(build, random_seed, run, "runtime", check=silent)
    found = values_after(build, random_seed, run, "torch")
    assert found.keys() == expected.keys()
    for name, values in expected.items():
        assert found[name].dtype == values.dtype, name
        np.testing.assert_array_equal(found[name], values, err_msg=name)
    return expected


def values_after(build, random_seed, run, device, check=None) -> dict[str, np.ndarray]:
    """Return what a network leaves behind on a device."""
    set_device(device)
    try:
        start_scope()
        seed(random_seed)
        net = build()
        monitors = [
            SpikeMonitor(obj, record=False, name=f"{obj.name}_activity")
            for obj in sorted(net.objects, key=lambda obj: obj.name)
            if isinstance(obj, NeuronGroup) and "spike" in obj.events
        ]
        net.add(monitors)
        run(net)
        if check is not None:
            assert_active(net, [m for m in monitors if m.source.name not in check])
        return {**state_of(net), "random": random_state()}
    finally:
        set_device("runtime")


def assert_active(net: Network, monitors: list[SpikeMonitor]) -> None:
    """Assert that the source of each monitor spiked, and was not saturated."""
    for monitor in monitors:
        steps = float(net.t / monitor.source.clock.dt)
        part = monitor.num_spikes / (steps * len(monitor.source))
        assert 0 < part < SATURATED, f"'{monitor.source.name}' spiked in {part:.1%} of all steps"


def state_of(net: Network) -> dict[str, np.ndarray]:
    """Return all state variables of all objects of a network, by ``'object.variable'``."""
    return {
        f"{obj.name}.{name}": np.array(value)
        for obj in net.sorted_objects
        if isinstance(obj, Group) and not isinstance(obj, Subgroup)
        for name, value in obj.get_states(units=False, read_only_variables=True).items()
    }


def random_state() -> np.ndarray:
    """Return the state of numpy's global generator."""
    _, keys, *rest = np.random.get_state()
    return np.array([*keys, *rest])


def assert_records_equal_brian2(net: Network, key: tuple, monitor, duration) -> None:
    """Assert that a mirror records the values that a `StateMonitor` of a healthy network does.

    Parameters
    ----------
    net : Network
    key : tuple
        A record key: the name of a group and a variable.
    monitor : StateMonitor
        Of the same variable, of all elements.
    duration : Quantity
    """
    group, variable = key
    assert_healthy(net, group, duration)
    mirror = l2l.mirror(net, fidelity="conformance")
    found = mirror.run(duration, record=[key])[key]
    net.run(duration)
    # The monitor looks at the start of a step, the record at its end.
    expected = getattr(monitor, variable)[:, 1:].T
    np.testing.assert_array_equal(found[:-1, 0].numpy(), expected)
