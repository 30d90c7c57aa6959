"""The numbers of all time steps are those of one step after the other."""

import numpy as np
import pytest
import torch
from brian2 import (
    Network,
    NeuronGroup,
    TimedArray,
    check_units,
    defaultclock,
    implementation,
    ms,
)

import brian2_l2l as l2l
from brian2_l2l.mirror.fused import hosts
from tests.mirror.fused.compilers import needs_compiler

pytestmark = needs_compiler


@implementation("torch", torch.abs)
@check_units(x=1, result=1)
def size(x):
    return abs(x) if x < 0 else x


@pytest.fixture
def numbers(monkeypatch):
    """Return a list that gets what is computed at once, and one after the other."""
    found, at = [], hosts._Number.at

    def both(number, steps):
        values = at(number, steps)
        singly = [number(*step) for step in zip(*steps, strict=True)] or [number()]
        found.append((values, np.array(singly)))
        return values

    monkeypatch.setattr(hosts._Number, "at", both)
    return found


EQUATIONS = {
    "functions": "dv/dt = (sin(2*pi*t/(7*ms)) + exp(-t/(9*ms)) - v)/(5*ms) : 1",
    "table": "dv/dt = (drive(t) - v)/(5*ms) : 1",
    "step": "dv/dt = (int(timestep(t, dt) % 7 == 3) - v)/(5*ms) : 1",
    "refractory": "dv/dt = (2 - v + 0.1*floor(t/(2*ms)))/(5*ms) : 1 (unless refractory)",
}


@pytest.mark.parametrize("name", EQUATIONS)
def test_steps_at_once_are_those_one_after_the_other(name, numbers, rng):
    defaultclock.dt = 0.3 * ms
    group = NeuronGroup(
        3,
        EQUATIONS[name],
        threshold="v > 1",
        reset="v = 0",
        refractory=1.1 * ms,
        method="euler",
        name="group",
        namespace={"drive": TimedArray(rng.random(20), dt=0.7 * ms)},
    )
    mirror = l2l.mirror(Network(group), dtype=torch.float64, lowering="fused")
    mirror.run(30 * ms, record=[(group, "v")])
    assert numbers
    for at_once, singly in numbers:
        np.testing.assert_array_equal(np.broadcast_to(at_once, singly.shape), singly)
    assert any(np.ndim(at_once) and len(set(at_once.tolist())) > 5 for at_once, _ in numbers)


def test_a_function_that_wants_one_number_gets_one():
    equations = "dv/dt = (size(sin(t/ms)) - v)/(5*ms) : 1"
    group = NeuronGroup(1, equations, method="euler", namespace={"size": size}, name="group")
    net, keys = Network(group), [(group, "v")]
    plain, auto = (
        l2l.mirror(net, dtype=torch.float64, lowering=lowering).run(5 * ms, record=keys)[keys[0]]
        for lowering in ("plain", "auto")
    )
    torch.testing.assert_close(plain, auto)


@pytest.mark.parametrize("steps", [-3, 0, 1, 7, 500])
@pytest.mark.parametrize("dt, longest", [(1e-4, 1.0), (1e-3, 1e5), (0.3, 1e-3)])
def test_the_latest_time_is_the_last_that_counts(steps, dt, longest, rng):
    now = np.append(longest * rng.random(50), dt * np.arange(20))
    found = hosts.latest(now, dt, steps)

    def is_before(time):
        return np.trunc((now - time + 1e-3 * dt) / dt) >= steps

    assert is_before(found).all() and not is_before(np.nextafter(found, np.inf)).any()
