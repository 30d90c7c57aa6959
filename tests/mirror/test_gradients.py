"""Gradients are derivatives: of weights, time constants, delays' synapses, start values."""

import numpy as np
import pytest
import torch
from brian2 import (
    Cylinder,
    Network,
    NeuronGroup,
    Soma,
    SpatialNeuron,
    SpikeGeneratorGroup,
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

DURATION = 10 * ms
PARAMETERS = """
tau : second (constant)
E_L : volt (constant)
drive : volt (constant)
"""
CURRENT = "dv/dt = (E_L - v + drive + I)/tau : volt {flag}\ndI/dt = -I/(3*ms) : volt"
CONDUCTANCE = """
dv/dt = (E_L - v + drive + g*(E_e - v))/tau : volt {flag}
dg/dt = -g/tau_e : 1
tau_e : second (constant)
E_e : volt (shared, constant)
"""
NONLINEAR = """
dv/dt = (E_L - v + drive + I + 2*mV*exp((v + 52*mV)/(3*mV)))/tau : volt {flag}
dI/dt = -I/(3*ms) : volt
"""
DELTA = "dv/dt = (E_L - v + drive)/tau : volt {flag}"
START = {"tau": "(8 + i)*ms", "E_L": "-60*mV + 0.2*i*mV", "drive": "(12 + i)*mV"}
PLASTIC = """
w : {unit}
du/dt = -u/tau_u : 1 (event-driven)
dx/dt = (1 - x)/tau_x : 1 (event-driven)
tau_u : second (constant)
tau_x : second (shared, constant)
"""

STP = "u += 0.3*(1 - u); g_post += w*u*x; x -= u*x"


def spikes_of(rng, neurons=6, duration=DURATION):
    """A generator in which every neuron spikes several times."""
    times = np.concatenate([np.sort(rng.choice(90, 8, replace=False)) for _ in range(neurons)])
    return SpikeGeneratorGroup(
        neurons, np.repeat(np.arange(neurons), 8), times * 0.1 * ms, name="source"
    )


def target_group(equations, method, rng, flag="(unless refractory)", **arguments):
    arguments = {"refractory": 0.8 * ms, "reset": "v = -60*mV", **arguments}
    group = NeuronGroup(
        5,
        equations.format(flag=flag) + PARAMETERS,
        threshold="v > -50*mV",
        method=method,
        name="target",
        **arguments,
    )
    for name, value in START.items():
        setattr(group, name, value)
    group.v = (-60 + 8 * rng.random(5)) * mV
    return group


def connect(source, target, rng, model="w : volt", on_pre="I_post += w", size=3 * mV, **arguments):
    synapses = Synapses(source, target, model, on_pre=on_pre, name="S", **arguments)
    synapses.connect()
    synapses.w = size * (0.5 + rng.random(len(synapses)))
    return synapses


def start_of(group, *variables):
    return [l2l.Trainable(group, name, initial=True) for name in variables]


@pytest.mark.parametrize(
    ("method", "equations"),
    [
        ("exact", CURRENT),
        ("linear", CURRENT),
        ("exponential_euler", CURRENT),
        ("exponential_euler", CONDUCTANCE),
        *[(method, NONLINEAR) for method in ("euler", "rk2", "rk4", "heun", "milstein")],
    ],
)
def test_every_state_updater(method, equations, rng):
    source, target = spikes_of(rng), target_group(equations, method, rng)
    trainable = [(target, "tau"), (target, "E_L"), *start_of(target, "v")]
    if equations == CONDUCTANCE:
        target.tau_e, target.E_e = "(4 + 0.3*i)*ms", 0 * mV
        synapses = connect(source, target, rng, "w : 1", "g_post += w", 0.05)
        trainable += [(target, "tau_e"), (target, "E_e"), *start_of(target, "g")]
    else:
        synapses = connect(source, target, rng)
        trainable += start_of(target, "I")
    net = Network(source, target, synapses)
    assert_gradient(net, [(synapses, "w"), *trainable], (target, "v"), rng, DURATION)


@pytest.mark.parametrize("kind", ["current", "conductance"])
def test_short_term_plastic_synapses(kind, rng):
    source = spikes_of(rng)
    equations = CURRENT if kind == "current" else CONDUCTANCE
    target = target_group(equations, "exponential_euler", rng)
    unit, variable, size = ("volt", "I", 8 * mV) if kind == "current" else ("1", "g", 0.15)
    on_pre = STP.replace("g_post", f"{variable}_post")
    if kind == "conductance":
        target.tau_e, target.E_e = 5 * ms, 0 * mV
    synapses = connect(source, target, rng, PLASTIC.format(unit=unit), on_pre, size)
    synapses.x, synapses.u, synapses.tau_x = 1, 0.1, 20 * ms
    synapses.tau_u = "(30 + i)*ms"
    trainable = [(synapses, "w"), (synapses, "tau_u"), (synapses, "tau_x"), (target, "tau")]
    trainable += start_of(synapses, "x", "u")
    assert_gradient(Network(source, target, synapses), trainable, (target, "v"), rng, DURATION)


@pytest.mark.parametrize("on_pre", ["v_post += w", "v_post += w*exp(-(v_post + 60*mV)/(20*mV))"])
@pytest.mark.parametrize("delays", ["none", "scalar", "heterogeneous"])
def test_delays_and_recurrence(on_pre, delays, rng):
    source, target = spikes_of(rng), target_group(DELTA, "exact", rng)
    scalar = {"delay": 0.7 * ms} if delays == "scalar" else {}
    synapses = connect(source, target, rng, on_pre=on_pre, size=1 * mV, **scalar)
    recurrent = Synapses(target, target, "w : volt", on_pre=on_pre, name="R", **scalar)
    recurrent.connect(condition="i != j")
    recurrent.w = 0.5 * mV * rng.normal(size=len(recurrent))
    if delays == "heterogeneous":
        synapses.delay = 2 * ms * rng.random(len(synapses))
        recurrent.delay = 2 * ms * rng.random(len(recurrent))
    trainable = [(synapses, "w"), (recurrent, "w"), (target, "tau"), *start_of(target, "v")]
    net = Network(source, target, synapses, recurrent)
    assert_gradient(net, trainable, (target, "spikes"), rng, DURATION)


@pytest.mark.parametrize(
    "arguments",
    [
        {"refractory": False, "flag": ""},
        {"refractory": 1 * ms, "flag": ""},
        {"refractory": "(0.5 + 0.2*i)*ms"},
        {"refractory": "v > -49*mV"},
        {"reset": "v -= 10*mV"},
        {"reset": "v = -60*mV + 0.1*(v + 50*mV); drive_now += 1*mV"},
    ],
    ids=["none", "no flag", "per neuron", "condition", "subtract", "mixed"],
)
def test_refractoriness_and_resets(arguments, rng):
    equations = "dv/dt = (E_L - v + drive + drive_now + I)/tau : volt {flag}\ndrive_now : volt"
    source = spikes_of(rng)
    target = target_group(equations + "\ndI/dt = -I/(3*ms) : volt", "euler", rng, **arguments)
    synapses = connect(source, target, rng)
    trainable = [(synapses, "w"), (target, "tau"), (target, "E_L"), *start_of(target, "v")]
    assert_gradient(Network(source, target, synapses), trainable, (target, "v"), rng, DURATION)


def test_summed_and_clock_driven_synapses(rng):
    source, target = (
        spikes_of(rng),
        target_group(
            "dv/dt = (E_L - v + drive + total)/tau : volt {flag}\ntotal : volt", "euler", rng
        ),
    )
    synapses = connect(
        source,
        target,
        rng,
        "w : volt\nds/dt = -s/tau_s : volt (clock-driven)\ntau_s : second\n"
        "total_post = s : volt (summed)",
        "s += w",
        method="exact",
    )
    synapses.tau_s = "(2 + 0.1*i)*ms"
    trainable = [(synapses, "w"), (synapses, "tau_s"), *start_of(synapses, "s")]
    assert_gradient(Network(source, target, synapses), trainable, (target, "v"), rng, DURATION)


def test_gap_junctions(rng):
    source, target = (
        spikes_of(rng),
        target_group(
            "dv/dt = (E_L - v + drive + I + gap)/tau : volt {flag}\ndI/dt = -I/(3*ms) : volt\n"
            "gap : volt",
            "euler",
            rng,
        ),
    )
    synapses = connect(source, target, rng)
    gap = Synapses(target, target, "g : 1\ngap_post = g*(v_pre - v_post) : volt (summed)")
    gap.connect(condition="i != j")
    gap.g = 0.05 + 0.1 * rng.random(len(gap))
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
