"""Networks of spiking neurons whose parameters can all be trained: parts, and whole ones."""

import numpy as np
from brian2 import Network, NeuronGroup, SpikeGeneratorGroup, Synapses, ms, mV

import brian2_l2l as l2l

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


def simple_cells(size, flag="", **arguments):
    """Leaky integrate-and-fire neurons with a step of 1 ms, whose threshold is 1."""
    return NeuronGroup(
        size,
        f"dv/dt = -v/(20*ms) : 1 {flag}",
        threshold="v > 1",
        reset="v -= 1",
        method="exact",
        name="cells",
        dt=1 * ms,
        **arguments,
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


UPDATERS = [
    ("exact", CURRENT),
    ("linear", CURRENT),
    ("exponential_euler", CURRENT),
    ("exponential_euler", CONDUCTANCE),
    *[(method, NONLINEAR) for method in ("euler", "rk2", "rk4", "heun", "milstein")],
]

REFRACTORY = {
    "none": {"refractory": False, "flag": ""},
    "no flag": {"refractory": 1 * ms, "flag": ""},
    "per neuron": {"refractory": "(0.5 + 0.2*i)*ms"},
    "condition": {"refractory": "v > -49*mV"},
    "subtract": {"reset": "v -= 10*mV"},
    "mixed": {"reset": "v = -60*mV + 0.1*(v + 50*mV); drive_now += 1*mV"},
}


def updated(source, target, equations, rng):
    """Return a network of a group with these equations, and all that can be trained of it."""
    trainable = [(target, "tau"), (target, "E_L"), *start_of(target, "v")]
    if equations == CONDUCTANCE:
        target.tau_e, target.E_e = "(4 + 0.3*i)*ms", 0 * mV
        synapses = connect(source, target, rng, "w : 1", "g_post += w", 0.05)
        trainable += [(target, "tau_e"), (target, "E_e"), *start_of(target, "g")]
    else:
        synapses = connect(source, target, rng)
        trainable += start_of(target, "I")
    return Network(source, target, synapses), [(synapses, "w"), *trainable]


def short_term_plastic(source, target, kind, rng):
    """Return a network of synapses with resources, onto currents or conductances."""
    unit, variable, size = ("volt", "I", 8 * mV) if kind == "current" else ("1", "g", 0.15)
    on_pre = STP.replace("g_post", f"{variable}_post")
    if kind == "conductance":
        target.tau_e, target.E_e = 5 * ms, 0 * mV
    synapses = connect(source, target, rng, PLASTIC.format(unit=unit), on_pre, size)
    synapses.x, synapses.u, synapses.tau_x = 1, 0.1, 20 * ms
    synapses.tau_u = "(30 + i)*ms"
    trainable = [(synapses, "w"), (synapses, "tau_u"), (synapses, "tau_x"), (target, "tau")]
    return Network(source, target, synapses), trainable + start_of(synapses, "x", "u")


def recurrent(source, target, on_pre, delays, rng, connected=1):
    """Return a network with connections among the neurons, with these delays."""
    scalar = {"delay": 0.7 * ms} if delays == "scalar" else {}
    synapses = connect(source, target, rng, on_pre=on_pre, size=1 * mV, **scalar)
    among = Synapses(target, target, "w : volt", on_pre=on_pre, name="R", **scalar)
    pairs = np.argwhere(~np.eye(len(target), dtype=bool))
    chosen = np.sort(rng.choice(len(pairs), round(connected * len(pairs)), replace=False))
    among.connect(i=pairs[chosen, 0], j=pairs[chosen, 1])
    among.w = 0.5 * mV * rng.normal(size=len(among))
    if delays == "heterogeneous":
        synapses.delay = 2 * ms * rng.random(len(synapses))
        among.delay = 2 * ms * rng.random(len(among))
    trainable = [(synapses, "w"), (among, "w"), (target, "tau"), *start_of(target, "v")]
    return Network(source, target, synapses, among), trainable


def refractory(arguments, rng):
    """Return a network of a group with these arguments."""
    equations = "dv/dt = (E_L - v + drive + drive_now + I)/tau : volt {flag}\ndrive_now : volt"
    source = spikes_of(rng)
    target = target_group(equations + "\ndI/dt = -I/(3*ms) : volt", "euler", rng, **arguments)
    synapses = connect(source, target, rng)
    trainable = [(synapses, "w"), (target, "tau"), (target, "E_L"), *start_of(target, "v")]
    return Network(source, target, synapses), trainable


def clock_driven(source, target, rng):
    """Return synapses that sum up currents of their own, and what can be trained of them."""
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
    return synapses, [(synapses, "w"), (synapses, "tau_s")]


def gap_junctions(target, rng):
    """Return synapses that pull the neurons together."""
    gap = Synapses(target, target, "g : 1\ngap_post = g*(v_pre - v_post) : volt (summed)")
    gap.connect(condition="i != j")
    gap.g = 0.05 + 0.1 * rng.random(len(gap))
    return gap
