"""Gradients are derivatives: of weights, time constants, delays' synapses, start values."""

import numpy as np
import pytest
import torch
from brian2 import (
    Cylinder,
    Network,
    Soma,
    SpatialNeuron,
    Synapses,
    cm,
    meter,
    ms,
    mV,
    nA,
    ohm,
    siemens,
    uF,
    um,
)

import brian2_l2l as l2l
from tests.claims.activity import assert_healthy
from tests.claims.gradients import assert_gradient
from tests.mirror.trainable_networks import (
    CONDUCTANCE,
    CURRENT,
    DELTA,
    DURATION,
    PLASTIC,
    REFRACTORY,
    STP,
    UPDATERS,
    clock_driven,
    connect,
    gap_junctions,
    recurrent,
    refractory,
    short_term_plastic,
    spikes_of,
    start_of,
    target_group,
    updated,
)


@pytest.mark.parametrize(("method", "equations"), UPDATERS)
def test_every_state_updater(method, equations, rng):
    source, target = spikes_of(rng), target_group(equations, method, rng)
    net, trainable = updated(source, target, equations, rng)
    assert_gradient(net, trainable, (target, "v"), rng, DURATION)


@pytest.mark.parametrize("kind", ["current", "conductance"])
def test_short_term_plastic_synapses(kind, rng):
    source = spikes_of(rng)
    equations = CURRENT if kind == "current" else CONDUCTANCE
    target = target_group(equations, "exponential_euler", rng)
    net, trainable = short_term_plastic(source, target, kind, rng)
    assert_gradient(net, trainable, (target, "v"), rng, DURATION)


@pytest.mark.parametrize("on_pre", ["v_post += w", "v_post += w*exp(-(v_post + 60*mV)/(20*mV))"])
@pytest.mark.parametrize("delays", ["none", "scalar", "heterogeneous"])
def test_delays_and_recurrence(on_pre, delays, rng):
    source, target = spikes_of(rng), target_group(DELTA, "exact", rng)
    net, trainable = recurrent(source, target, on_pre, delays, rng)
    assert_gradient(net, trainable, (target, "spikes"), rng, DURATION)


@pytest.mark.parametrize("arguments", REFRACTORY.values(), ids=REFRACTORY)
def test_refractoriness_and_resets(arguments, rng):
    net, trainable = refractory(arguments, rng)
    assert_gradient(net, trainable, (net["target"], "v"), rng, DURATION)


def test_summed_and_clock_driven_synapses(rng):
    equations = "dv/dt = (E_L - v + drive + total)/tau : volt {flag}\ntotal : volt"
    source, target = spikes_of(rng), target_group(equations, "euler", rng)
    synapses, trainable = clock_driven(source, target, rng)
    trainable = [*trainable, *start_of(synapses, "s")]
    assert_gradient(Network(source, target, synapses), trainable, (target, "v"), rng, DURATION)


def test_gap_junctions(rng):
    equations = CURRENT.replace("+ I)", "+ I + gap)") + "\ngap : volt"
    source, target = spikes_of(rng), target_group(equations, "euler", rng)
    synapses, gap = connect(source, target, rng), gap_junctions(target, rng)
    trainable = [(synapses, "w"), (gap, "g"), (target, "tau")]
    assert_gradient(Network(source, target, synapses, gap), trainable, (target, "v"), rng, DURATION)


def test_a_detached_reset_is_not_the_derivative(rng):
    source = spikes_of(rng)
    target = target_group(CURRENT, "exact", rng)
    synapses = connect(source, target, rng)
    net = Network(source, target, synapses)
    with pytest.raises(AssertionError, match="relative error"):
        assert_gradient(net, [(synapses, "w")], (target, "v"), rng, DURATION, detach_reset=True)


@pytest.mark.parametrize("method", ["exponential_euler", "euler", "rk4"])
def test_hard_spikes_have_finite_gradients_that_no_lowering_changes(method, rng):
    source, target = spikes_of(rng), target_group(CONDUCTANCE, method, rng)
    target.tau_e, target.E_e = 5 * ms, 0 * mV
    synapses = connect(source, target, rng, PLASTIC.format(unit="1"), STP, 0.15)
    synapses.x, synapses.u, synapses.tau_x, synapses.tau_u = 1, 0.1, 20 * ms, 30 * ms
    recurrent = Synapses(target, target, "w : 1", on_pre="g_post += w", name="R")
    recurrent.connect(condition="i != j")
    recurrent.w, recurrent.delay = 0.05 * rng.random(20), 1 * ms * rng.random(20)
    net = Network(source, target, synapses, recurrent)
    assert_healthy(net, "target", DURATION)
    trainable = [(synapses, "w"), (recurrent, "w"), (target, "tau"), *start_of(target, "v")]
    gradients = []
    for options in ({}, {"fidelity": "conformance"}, {"checkpoint": "auto"}):
        options = {"dtype": torch.float64, "surrogate_scale": 5 * mV, **options}
        mirror = l2l.mirror(net, trainable, **options)
        mirror.run(DURATION, record=[(target, "v")])[target, "v"].mul(1e3).sum().backward()
        gradients.append([parameter.grad for parameter in mirror.parameters()])
    for plain, *others in zip(*gradients, strict=True):
        assert bool(torch.isfinite(plain).all()) and float(plain.abs().min()) > 0
        for other in others:
            torch.testing.assert_close(other, plain, rtol=1e-9, atol=0)


def test_a_cable():
    # Brian2's solution of the cable equation loses seven digits to cancellation at the soma, so
    # that differences show little more than the tolerance: always the same directions.
    rng = np.random.default_rng(0)
    morphology = Soma(20 * um)
    morphology.left = Cylinder(length=60 * um, diameter=2 * um, n=3)
    morphology.right = Cylinder(length=80 * um, diameter=1 * um, n=3)
    cell = SpatialNeuron(
        morphology,
        """
        Im = g_L*(-65*mV - v) + g_K*m**2*(-80*mV - v) : amp/meter**2
        dm/dt = (1/(1 + exp(-(v + 50*mV)/(5*mV))) - m)/(3*ms) : 1
        I = drive : amp (point current)
        g_L : siemens/meter**2 (constant)
        g_K : siemens/meter**2 (constant)
        drive : amp (constant)
        """,
        threshold="v > -50*mV",
        refractory=0.5 * ms,
        method="exponential_euler",
        Cm=1 * uF / cm**2,
        Ri=150 * ohm * cm,
        name="target",
    )
    cell.v, cell.g_L, cell.g_K = -65 * mV, 3 * siemens / meter**2, 5 * siemens / meter**2
    cell.drive[0] = 0.3 * nA
    trainable = [(cell, "g_L"), (cell, "g_K"), *start_of(cell, "m")]
    assert_gradient(Network(cell), trainable, (cell, "v"), rng, 8 * ms, surrogate_scale=10 * mV)
