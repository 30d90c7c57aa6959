"""Neurons of every kind: the device ``'torch'`` equals Brian2's numpy target to the bit."""

import numpy as np
import pytest
from brian2 import (
    Hz,
    Network,
    NeuronGroup,
    PoissonGroup,
    PoissonInput,
    SpikeGeneratorGroup,
    SpikeMonitor,
    TimedArray,
    linked_var,
    ms,
)

from tests.claims.mirror_equals_brian2 import assert_mirror_equals_brian2, run_for

LEAKY = "dv/dt = (I - v)/tau : 1 (unless refractory)\nI : 1 (constant)"
NOISY = LEAKY.replace(" : 1 (unless", " + 0.2*xi*tau**-0.5 : 1 (unless")


def group(equations=LEAKY, n=4, **options):
    options = {
        "threshold": "v > 1",
        "reset": "v = 0",
        "method": "euler",
        "namespace": {"tau": 10 * ms},
        "name": "group",
        **options,
    }
    made = NeuronGroup(n, equations, **options)
    made.I = 1.3 + 0.2 * np.arange(n)
    return made


def check(build, seed, duration=40 * ms, **options):
    return assert_mirror_equals_brian2(build, seed, run_for(duration), **options)


UPDATERS = {
    "exact": LEAKY,
    "exponential_euler": LEAKY,
    "euler": LEAKY,
    "rk2": LEAKY,
    "rk4": LEAKY,
    "heun": NOISY,
    "milstein": NOISY,
    "euler with noise": NOISY,
}


@pytest.mark.parametrize("method", UPDATERS)
def test_every_state_updater(method, seed):
    options = {"method": method.partition(" ")[0]}
    check(lambda: Network(group(UPDATERS[method], **options)), seed)


REFRACTORY = {
    "a time": 3 * ms,
    "an expression": "(1 + i)*ms",
    "a condition": "v > -0.2 and t - lastspike < 3*ms",
    "a variable": "pause",
}


@pytest.mark.parametrize("how", REFRACTORY)
def test_every_form_of_refractoriness(how, seed):
    def build():
        made = group(LEAKY + "\npause : second", refractory=REFRACTORY[how])
        made.pause = "2*ms + i*ms"
        return Network(made)

    check(build, seed)


def test_refractoriness_that_stops_the_spikes_only(seed):
    equations = LEAKY.replace(" (unless refractory)", "")
    check(lambda: Network(group(equations, refractory=4 * ms, reset="v -= 0.5")), seed)


def test_a_refractory_period_in_an_expression_of_the_model(seed):
    equations = "dv/dt = (I*int(not_refractory) - v)/tau : 1\nI : 1"
    check(lambda: Network(group(equations, refractory=3 * ms)), seed)


def test_events_of_ones_own(seed):
    def build():
        made = group(LEAKY + "\ncount : integer", events={"high": "v > 0.8"})
        made.run_on_event("high", "v *= 0.999\ncount += 1", when="after_groups")
        made.set_event_schedule("high", when="after_thresholds")
        return Network(made)

    values = check(build, seed)
    assert 0 < values["group.count"].min()


def test_shared_linked_and_constant_variables(seed):
    def build():
        source = NeuronGroup(
            2, "du/dt = -u/(5*ms) : 1\ns : 1 (shared)", method="euler", name="source"
        )
        source.u, source.s = [0.3, 0.5], 0.2
        made = group(
            """dv/dt = (I + u + s + slow - v)/tau : 1
            I : 1
            u : 1 (linked)
            s : 1 (linked)
            slow = 0.1*rand() + 0.1*u : 1 (constant over dt)"""
        )
        made.u = linked_var(source, "u", index=np.array([0, 1, 1, 0]))
        made.s = linked_var(source, "s")
        source.run_regularly("s = s + 0.01*sin(t/ms)", dt=1 * ms)
        return Network(source, made)

    check(build, seed, silent=("source",))


def test_code_that_runs_regularly(seed):
    def build():
        made = group(LEAKY + "\nn : integer\nb : boolean")
        made.run_regularly("v += 0.02*randn()\nn = n + 1\nb = n % 2 == 0", dt=0.5 * ms, when="end")
        made.run_regularly("I = clip(I + 0.01*rand() - 0.005, 1, 2)", order=2)
        return Network(made)

    check(build, seed)


FUNCTIONS = (
    "sin(v) + cos(v)*tan(0.1*v)",
    "exp(-v**2) + log(1 + abs(v)) + sqrt(abs(v)) + log10(2 + v**2)",
    "sinh(0.1*v) + cosh(v) - tanh(v) + arctan(v)",
    "arcsin(clip(v, -1, 1)) + arccos(clip(0.5*v, -1, 1))",
    "expm1(0.1*v) + log1p(abs(v)) + exprel(v)",
    "ceil(3*v) + floor(v*2) + sign(v - 0.5) + int(v > 0.5)",
    "(i % 3)**2/3 + i//2 - (v*7) % 0.3 + v**3",
)


@pytest.mark.parametrize("expression", FUNCTIONS)
def test_every_function(expression, seed):
    equations = f"dv/dt = (I - v + 0.05*({expression}))/tau : 1\nI : 1"
    check(lambda: Network(group(equations)), seed)


def test_random_functions(seed):
    def build():
        equations = (
            "dv/dt = (I - v + 0.1*randn() + 0.1*rand() + 0.1*poisson(k))/tau : 1\nI : 1\nk : 1"
        )
        made = group(equations, threshold="v > 1 - 0.1*rand()", reset="v = 0.1*randn()")
        made.k = [0.1, 0.5, 1, 3]
        return Network(made)

    check(build, seed)


@pytest.mark.parametrize("n", [5, 2000], ids=["exact", "approximated"])
def test_poisson_input(n, seed):
    def build():
        made = group(refractory=1 * ms)
        return Network(made, PoissonInput(made, "v", n, 100 * Hz / n * 5, 0.1))

    check(build, seed)


def test_poisson_groups(seed):
    def build():
        table = TimedArray(np.array([[10, 400], [300, 20]]) * Hz, dt=20 * ms, name="table")
        groups = [
            PoissonGroup(5, 60 * Hz, name="plain"),
            PoissonGroup(2, "table(t, i)", namespace={"table": table}, name="timed"),
            PoissonGroup(3, [10, 100, 300] * Hz, dt=0.2 * ms, name="slow"),
        ]
        monitors = [SpikeMonitor(made, name=f"{made.name}_spikes") for made in groups]
        return Network(groups, monitors)

    values = check(build, seed, 40 * ms)
    assert all(len(values[f"{name}_spikes.i"]) > 0 for name in ("plain", "timed", "slow"))


@pytest.mark.parametrize("period", [None, 7 * ms])
def test_lists_of_spikes(period, seed):
    def build():
        options = {} if period is None else {"period": period}
        listed = SpikeGeneratorGroup(3, [0, 1, 1, 2], [0, 2, 4, 4] * ms, name="listed", **options)
        cells = group()
        return Network(listed, cells)

    check(build, seed)


def test_timed_arrays(seed):
    def build():
        namespace = {
            "tau": 10 * ms,
            "one": TimedArray(np.linspace(0, 1, 7), dt=3 * ms, name="one"),
            "two": TimedArray(np.outer(np.arange(5), np.ones(4)) / 5, dt=7.3 * ms, name="two"),
        }
        equations = "dv/dt = (I + one(t) + two(t, i) - v + one(t - i*ms))/tau : 1\nI : 1"
        return Network(group(equations, namespace=namespace))

    check(build, seed)


def test_several_clocks(seed):
    def build():
        fast = group(name="fast", dt=0.1 * ms)
        slow = group(name="slow", dt=0.25 * ms)
        slowest = group(name="slowest", dt=1 * ms, reset="v -= 1")
        return Network(fast, slow, slowest)

    check(build, seed)


def test_groups_without_neurons_that_do_anything(seed):
    def build():
        return Network(
            group(),
            NeuronGroup(3, "x : 1", name="idle"),
            group("I : 1", name="flat", threshold="I > 10", reset=""),
        )

    check(build, seed, silent=("idle", "flat"))
