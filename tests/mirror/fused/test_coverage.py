"""The fused lowering covers what it has to, with the spikes and gradients of the plain one."""

import pytest
import torch
from brian2 import (
    Hz,
    Network,
    NeuronGroup,
    PoissonGroup,
    PoissonInput,
    SpikeGeneratorGroup,
    Synapses,
    TimedArray,
    defaultclock,
    ms,
    mV,
    nA,
    second,
)

import brian2_l2l as l2l
from brian2_l2l import models
from tests.claims.fused_equals_plain import assert_fused_equals_plain
from tests.mirror.fused.compilers import needs_compiler
from tests.mirror.trainable_networks import (
    CONDUCTANCE,
    CURRENT,
    DELTA,
    REFRACTORY,
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

DURATION = 20 * ms

pytestmark = needs_compiler


def driven(rng, equations=CURRENT, method="exponential_euler", flag="(unless refractory)"):
    """Return a source of spikes and a group that they drive to its threshold."""
    target = target_group(equations, method, rng, flag)
    target.drive = "(14 + i)*mV"
    return spikes_of(rng), target


def assert_covered(net, trainable, target="target", **options):
    keys = [(target, "spikes"), (target, "v"), (target, "v", "last")]
    assert_fused_equals_plain(net, trainable, keys, DURATION, surrogate_scale=5 * mV, **options)


@pytest.mark.parametrize(("method", "equations"), UPDATERS)
def test_every_state_updater(method, equations, rng):
    assert_covered(*updated(*driven(rng, equations, method), equations, rng))


@pytest.mark.parametrize("noise", ["xi", "0.1*randn()/sqrt(dt)"])
def test_noise(noise, rng):
    equations = CURRENT.replace(")/tau : volt", f")/tau + 3*mV*{noise}/tau**0.5 : volt")
    source, target = driven(rng, equations, "euler")
    synapses = connect(source, target, rng)
    assert_covered(Network(source, target, synapses), [(synapses, "w"), (target, "tau")])


@pytest.mark.parametrize("kind", ["current", "conductance"])
def test_short_term_plastic_synapses(kind, rng):
    source, target = driven(rng, CURRENT if kind == "current" else CONDUCTANCE)
    assert_covered(*short_term_plastic(source, target, kind, rng))


def test_spike_timing_dependent_plasticity(rng):
    source, target = driven(rng)
    model = """
    w : volt
    dApre/dt = -Apre/(5*ms) : volt (event-driven)
    dApost/dt = -Apost/(5*ms) : volt (event-driven)
    rate : 1 (constant)
    """
    on_pre = "I_post += w; Apre += 0.1*mV; w = clip(w + rate*Apost, 0*mV, 9*mV)"
    on_post = "Apost -= 0.1*mV; w = clip(w + rate*Apre, 0*mV, 9*mV)"
    synapses = connect(source, target, rng, model, on_pre, on_post=on_post)
    synapses.rate = 1
    assert_covered(Network(source, target, synapses), [(synapses, "rate"), (target, "tau")])


@pytest.mark.parametrize("on_pre", ["v_post += w", "v_post += w*exp(-(v_post + 60*mV)/(20*mV))"])
@pytest.mark.parametrize("delays", ["none", "scalar", "heterogeneous"])
@pytest.mark.parametrize("connected", [1.0, 0.25])
def test_delays_and_recurrence(on_pre, delays, connected, rng):
    source, target = driven(rng, DELTA, "exact")
    assert_covered(*recurrent(source, target, on_pre, delays, rng, connected))


@pytest.mark.parametrize(
    "on_pre",
    [
        "v_post += 2*int(rand() < 0.6)*w",
        "v_post += w*rand(); v_post = v_post + 0.1*w*rand()",
        "v_post = 0.98*v_post + rand()*w",
    ],
)
@pytest.mark.parametrize("connected", [1.0, 0.4])
def test_synapses_that_transmit_at_random(on_pre, connected, rng):
    source, target = driven(rng, DELTA, "exact")
    assert_covered(*recurrent(source, target, on_pre, "heterogeneous", rng, connected))


@pytest.mark.parametrize("arguments", REFRACTORY.values(), ids=REFRACTORY)
def test_refractoriness_and_resets(arguments, rng):
    assert_covered(*refractory(arguments, rng))


def test_summed_variables_and_gap_junctions(rng):
    equations = CURRENT.replace("+ I)", "+ I + gap + total)") + "\ngap : volt\ntotal : volt"
    source, target = driven(rng, equations, "euler")
    synapses, trainable = clock_driven(source, target, rng)
    gap = gap_junctions(target, rng)
    trainable += [(gap, "g"), (target, "tau")]
    assert_covered(Network(source, target, synapses, gap), trainable)


@pytest.mark.parametrize("columns", [False, True])
def test_timed_arrays(columns, rng):
    shape = (7, 5) if columns else (7,)
    drive = TimedArray(4 * rng.random(shape) * mV, dt=3 * ms, name="stimulus")
    call = "stimulus(t, i)" if columns else "stimulus(t)"
    source, target = driven(rng, CURRENT.replace("+ I)", f"+ I + {call})"), "euler")
    target.namespace["stimulus"] = drive
    synapses = connect(source, target, rng)
    values = 8e-3 * rng.random((7, 3, 5 if columns else 1))
    values = torch.tensor(values, requires_grad=True)
    net = Network(source, target, synapses)
    assert_covered(net, [(synapses, "w"), (target, "tau")], inputs={"stimulus": values})


def test_given_spikes_and_parameters(rng):
    equations = CURRENT.replace("+ I)", "+ I + offset)") + "\noffset : volt"
    target = driven(rng, equations, "euler")[1]
    source = SpikeGeneratorGroup(6, [], [] * ms, name="source")
    poisson = PoissonGroup(6, 100 / second, name="poisson")
    synapses = connect(source, target, rng)
    more = Synapses(poisson, target, "w : volt", on_pre="I_post += w", name="more")
    more.connect()
    more.w = 2 * mV * rng.random(len(more))
    steps = int(DURATION / defaultclock.dt)
    given = {
        "source": rng.random((steps, 3, 6)) < 0.03,
        "poisson": rng.random((steps, 3, 6)) < 0.03,
    }
    given["target", "offset"] = 3e-3 * rng.random((steps, 3, 5))
    net = Network(source, poisson, target, synapses, more)
    assert_covered(net, [(synapses, "w"), (more, "w"), (target, "tau")], inputs=given)


@pytest.mark.parametrize("surrogate", l2l.plugins.names("surrogates"))
def test_all_surrogates(surrogate, rng):
    source, target = driven(rng, DELTA, "exact")
    synapses = connect(source, target, rng, on_pre="v_post += w", size=1 * mV)
    trainable = [(synapses, "w"), (target, "tau"), *start_of(target, "v")]
    assert_covered(Network(source, target, synapses), trainable, surrogate=surrogate)


@pytest.mark.parametrize("part", [slice(0, 2), slice(1, 4)])
def test_what_happens_to_a_subgroup(part, rng):
    source, target = driven(rng)
    some = target[part]
    code = "I += 0.1*v; v = 0.7*v + (i + 1)*mV + I"
    some.run_regularly(code, dt=1 * ms, when="before_groups")
    noise = PoissonInput(some, "v", 20, 200 * Hz, 3 * mV)
    synapses = connect(source, target, rng, on_pre="I_post += w")
    net = Network(source, target, synapses, some, noise)
    assert_covered(net, [(synapses, "w"), (target, "tau")])


def test_a_trainable_threshold(rng):
    source = spikes_of(rng)
    target = NeuronGroup(
        5,
        "dv/dt = (drive - v)/(8*ms) : volt\nlimit : volt (constant)\ndrive : volt (constant)",
        threshold="v > limit",
        reset="v -= limit",
        method="exact",
        name="target",
    )
    target.limit, target.drive = "(9 + i)*mV", 14 * mV
    synapses = connect(source, target, rng, on_pre="v_post += w", size=1 * mV)
    trainable = [(synapses, "w"), (target, "limit"), (target, "drive")]
    keys = [("target", "spikes"), ("target", "v")]
    assert_fused_equals_plain(Network(source, target, synapses), trainable, keys, DURATION)


MODELS = {
    "lif": (models.lif(tau_syn=5 * ms), "volt", 20 * mV),
    "adaptive_lif": (models.adaptive_lif(tau_syn=5 * ms), "1", 0.02),
    "adaptive_lif, paper": (models.adaptive_lif(tau_syn=5 * ms, order="paper"), "1", 0.02),
    "adaptive_exponential": (models.adaptive_exponential(tau_syn=5 * ms), "amp", 2 * nA),
    "two_compartment": (models.two_compartment(tau_syn=5 * ms), "volt", 60 * mV),
    "gating_dendrite": (models.gating_dendrite(), "volt", 100 * mV),
}


@pytest.mark.parametrize("name", MODELS)
def test_every_model(name, rng):
    model, unit, size = MODELS[name]
    group = NeuronGroup(5, **model.group_arguments(), name="target")
    model.initialise(group)
    readout = models.leaky_readout()
    reading = NeuronGroup(2, **readout.group_arguments(), name="readout")
    readout.initialise(reading)
    source = spikes_of(rng)
    synapses = Synapses(source, group, f"strength : {unit}", on_pre="I_syn_post += strength")
    synapses.connect()
    synapses.strength = size * (0.5 + rng.random(len(synapses)))
    out = Synapses(group, reading, "strength : 1", on_pre="y_post += strength", name="out")
    out.connect()
    out.strength = rng.normal(size=len(out))
    keys = [("target", "spikes"), ("readout", "y"), ("readout", "y", "mean")]
    net = Network(source, group, reading, synapses, out)
    trainable = [(synapses, "strength"), (out, "strength")]
    assert_fused_equals_plain(net, trainable, keys, DURATION)
