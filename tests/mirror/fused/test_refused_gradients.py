"""Gradients that the fused lowering does not have are refused, and never wrong."""

import pytest
import torch
from brian2 import Network, NeuronGroup, ms

import brian2_l2l as l2l
from brian2_l2l.errors import MirrorError
from tests.mirror.fused.compilers import needs_compiler

pytestmark = needs_compiler

DURATION, STEPS = 5 * ms, 50


def make_mirror(lowering):
    equations = (
        "dv/dt = (a*a*(1 - v*v) + drive*drive*a - v)/(5*ms) : 1\ndrive : 1\na : 1 (constant)"
    )
    group = NeuronGroup(1, equations, method="euler", name="cell")
    group.a = 0.9
    mirror = l2l.mirror(Network(group), [(group, "a")], lowering=lowering, dtype=torch.float64)
    (parameter,) = mirror.parameters()

    def values(drive):
        record = mirror.run(DURATION, inputs={("cell", "drive"): drive}, record=[("cell", "v")])
        return record["cell", "v"]

    return values, parameter


def drive():
    return torch.ones(STEPS, 1, 1, dtype=torch.float64)


def test_second_derivatives():
    values, parameter = make_mirror("plain")

    def gradient():
        (found,) = torch.autograd.grad(values(drive()).sum(), parameter, create_graph=True)
        return found

    (second,) = torch.autograd.grad(gradient(), parameter)
    first = []
    for change in (1e-5, -2e-5):
        with torch.no_grad():
            parameter += change
        first.append(float(gradient().detach()))
    assert float(second) == pytest.approx((first[0] - first[1]) / 2e-5, rel=1e-6)
    assert abs(float(second)) > 1
    values, parameter = make_mirror("fused")
    with pytest.raises(MirrorError, match="no second derivatives .* lowering='plain'"):
        gradient()


def test_gradients_after_an_input_was_changed():
    expected, parameter = make_mirror("plain")
    expected(drive()).sum().backward()
    values, found = make_mirror("fused")
    given = drive()
    loss = values(given).sum()
    given.zero_()
    with pytest.raises(MirrorError, match="'input cell.drive' of a run was changed in place"):
        loss.backward()
    # A buffer may be filled again once the gradients are there.
    for _ in range(2):
        found.grad = None
        loss = values(given.fill_(1)).sum()
        loss.backward()
        assert float(found.grad) == pytest.approx(float(parameter.grad), rel=1e-9)
