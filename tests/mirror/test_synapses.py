"""Synapses of every kind: the device ``'torch'`` equals Brian2's numpy target to the bit."""

import numpy as np
import pytest
from brian2 import Network, NeuronGroup, PoissonGroup, SpikeMonitor, Synapses, ms

from tests.claims.mirror_equals_brian2 import assert_mirror_equals_brian2, run_for

CELLS = """dv/dt = (1.05 - v + g)/(10*ms) : 1 (unless refractory)
dg/dt = -g/(5*ms) : 1
s : 1"""


def check(make_synapses, seed, duration=50 * ms, cells=CELLS, refractory=1 * ms):
    def build():
        source = PoissonGroup(8, "(20 + 20*i)*Hz", name="source")
        target = NeuronGroup(
            5,
            cells,
            threshold="v > 1",
            reset="v = 0",
            refractory=refractory,
            method="euler",
            name="target",
        )
        target.v = "0.2*i"
        made = make_synapses(source, target)
        made = made if isinstance(made, list) else [made]
        return Network(source, target, SpikeMonitor(source, name="sent"), made)

    return assert_mirror_equals_brian2(build, seed, run_for(duration))


def connected(source, target, model="w : 1", weights="0.05*rand()", p=0.7, **options):
    options = {"name": "synapses", "method": "euler", **options}
    made = Synapses(source, target, model, **options)
    made.connect(p=p)
    if "w" in made.variables:
        made.w = weights
    return made


EFFECTS = {
    "an addition": "v_post += w",
    "two additions": "v_post += w\ng_post += 2*w",
    "a product": "g_post = clip(g_post*(1 + w), 0.01, 1)",
    "a division": "v_post /= 1 - w",
    "an assignment": "g_post = w",
    "by conductance": "g_post += w*(2 - v_post)",
    "random": "v_post += w*rand()",
    "unreliable": "v_post += w*int(rand() < 0.5)",
    "its own": "w = w*0.99\nv_post += w",
    "the source's": "v_post += w*i/8",
    "both ends": "v_post += w*(1 + sin(t/ms))\nw += 0.001*v_post",
}


@pytest.mark.parametrize("effect", EFFECTS)
def test_every_kind_of_effect(effect, seed):
    check(lambda source, target: connected(source, target, on_pre=EFFECTS[effect]), seed)


DELAYS = {
    "none": {},
    "the same": {"delay": 1.3 * ms},
    "different": {},
    "of two pathways": {"delay": {"pre": 1 * ms, "again": 2.5 * ms}},
}


@pytest.mark.parametrize("kind", DELAYS)
@pytest.mark.parametrize("effect", ["v_post += w", "g_post = g_post*0.9 + w"])
def test_every_kind_of_delay(kind, effect, seed):
    def make(source, target):
        pathways = {"pre": effect, "again": "g_post += 0.5*w"} if "two" in kind else effect
        made = connected(source, target, on_pre=pathways, **DELAYS[kind])
        if kind == "different":
            made.delay = "rand()*4*ms"
        return made

    check(make, seed)


def test_delays_of_the_postsynaptic_side(seed):
    def make(source, target):
        made = connected(source, target, on_pre="v_post += w", on_post="w = clip(w*1.1, 0, 0.1)")
        made.post.delay = "1*ms + j*0.3*ms"
        return made

    check(make, seed)


STDP = """w : 1
dapre/dt = -apre/(20*ms) : 1 ({0})
dapost/dt = -apost/(20*ms) : 1 ({0})"""


@pytest.mark.parametrize("how", ["event-driven", "clock-driven"])
def test_plasticity(how, seed):
    def make(source, target):
        return connected(
            source,
            target,
            STDP.format(how),
            on_pre="v_post += w\napre += 0.1\nw = clip(w + 0.05*apost, 0, 0.2)",
            on_post="apost -= 0.105\nw = clip(w + 0.05*apre, 0, 0.2)",
            delay=0.5 * ms,
        )

    check(make, seed)


def test_short_term_plasticity(seed):
    model = """w : 1
    du/dt = -u/(50*ms) : 1 (event-driven)
    dx/dt = (1 - x)/(30*ms) : 1 (event-driven)"""

    def make(source, target):
        made = connected(
            source, target, model, on_pre="u += 0.2*(1 - u)\nv_post += w*u*x\nx -= u*x"
        )
        made.x = 1
        return made

    check(make, seed)


def test_sums_over_synapses(seed):
    def make(source, target):
        model = "dc/dt = -c/(5*ms) : 1 (clock-driven)\ns_post = c*(1 - 0.1*v_post) : 1 (summed)"
        return connected(source, target, model, on_pre="c += 0.05")

    check(make, seed, cells=CELLS.replace("+ g)", "+ g + s)"))


def test_gap_junctions(seed):
    def make(source, target):
        gap = Synapses(target, target, "s_post = 0.3*(v_pre - v_post) : 1 (summed)", name="gap")
        gap.connect(condition="i != j")
        return [gap, connected(source, target, on_pre="v_post += w")]

    check(make, seed, cells=CELLS.replace("+ g)", "+ g + s)"))


def test_subgroups(seed):
    def make(source, target):
        first = Synapses(source[2:6], target[1:4], "w : 1", on_pre="v_post += w", name="first")
        first.connect(p=0.8)
        first.w = "0.05*(i + 1)"
        back = Synapses(target[2:], target[:2], on_pre="g_post += 0.1", delay=1 * ms, name="back")
        back.connect()
        summed = Synapses(
            source[3:], target[2:], "k : 1\ns_post = k : 1 (summed)", on_pre="k += 0.1", name="sum"
        )
        summed.connect(p=0.5)
        monitor = SpikeMonitor(target[1:3], name="part")
        return [first, back, summed, monitor]

    check(make, seed)


def test_several_synapses_between_two_neurons(seed):
    def make(source, target):
        made = Synapses(
            source,
            target,
            "w : 1",
            on_pre="v_post += w*g_post + w",
            name="synapses",
            multisynaptic_index="k",
        )
        made.connect(n=3, p=0.5)
        made.w = "0.02*(k + 1)"
        return made

    check(make, seed)


def test_code_that_runs_regularly_over_synapses(seed):
    def make(source, target):
        made = connected(source, target, "w : 1\ntotal : 1", on_pre="v_post += w\ntotal += 1")
        made.run_regularly("w = w*(1 - 0.01*rand()) + 0.0001*total", dt=2 * ms)
        return made

    check(make, seed)


def test_shared_variables_and_constants_of_synapses(seed):
    def make(source, target):
        model = "w : 1 (constant)\nrate : 1 (shared)\nscaled = w*rate : 1"
        made = connected(source, target, model, on_pre="v_post += scaled")
        made.rate = 0.7
        return made

    check(make, seed)


def test_events_of_ones_own_reach_synapses(seed):
    def build():
        cells = NeuronGroup(
            4,
            "dv/dt = (1.4 - v)/(10*ms) : 1",
            threshold="v > 1",
            reset="v = 0",
            events={"half": "v > 0.5 and v < 0.52"},
            method="euler",
            name="cells",
        )
        cells.v = "0.2*i"
        made = Synapses(
            cells,
            cells,
            on_pre={"pre": "v_post += 0.02"},
            on_event={"pre": "half"},
            name="synapses",
        )
        made.connect(condition="i != j")
        return Network(cells, made)

    assert_mirror_equals_brian2(build, seed, run_for(60 * ms))


def test_no_synapses_at_all(seed):
    def make(source, target):
        made = Synapses(source, target, on_pre="v_post += 1", name="synapses")
        made.connect(condition="i < 0")
        return made

    check(make, seed)


@pytest.mark.parametrize("order", [-1, 1])
def test_the_order_of_pathways(order, seed):
    def make(source, target):
        made = connected(
            source, target, on_pre={"a": "g_post = g_post*0.9", "b": "v_post += w + g_post"}
        )
        made.a.order = order
        return made

    values = check(make, seed)
    assert np.isfinite(values["target.v"]).all()
