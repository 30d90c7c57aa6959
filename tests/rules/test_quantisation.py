"""A plastic variable of few bits is always one of its values, and right in the mean."""

import numpy as np
import pytest
from brian2 import (
    Network,
    NeuronGroup,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    defaultclock,
    ms,
    mV,
    set_device,
    volt,
)
from brian2 import seed as brian_seed

from brian2_l2l.errors import RuleError
from brian2_l2l.rules import Quantisation, Rule
from tests.claims.mirror_equals_brian2 import assert_mirror_equals_brian2, run_for

STEPS, TARGETS = 40, 500


def weights_after(quantisation, statement, start=0 * mV, steps=STEPS):
    """Return the weights of many synapses after a spike in each time step."""
    rule = Rule("w : volt", statement, quantisation=quantisation)
    source = SpikeGeneratorGroup(1, [0] * steps, range(steps) * ms, dt=1 * ms)
    cells = NeuronGroup(TARGETS, "v : volt", name="cells")
    synapses = rule.synapses(source, cells, dt=1 * ms)
    synapses.connect()
    synapses.w = start
    Network(source, cells, synapses).run(steps * ms)
    return np.array(synapses.w)


def values_of(quantisation):
    number = np.arange(2**quantisation.bits)
    return float(quantisation.low) + float(quantisation.step) * number


@pytest.mark.parametrize("bits", [1, 4, 8])
def test_stochastic_rounding_keeps_to_the_values_and_to_the_mean(bits, seed):
    brian_seed(seed)
    quantisation = Quantisation(bits, -3 * mV, 5 * mV)
    change = float(quantisation.step) * 0.3 / STEPS
    start = quantisation.low + quantisation.step * (2**bits // 2 - 1)
    found = weights_after(quantisation, f"w += {change}*volt", start)
    assert set(found) <= set(values_of(quantisation))
    steps = (found - float(start)) / float(quantisation.step)
    # Of 500 synapses, each of which moves with a probability of about 0.3: four standard errors.
    assert abs(steps.clip(max=1).mean() - 0.26) < 0.08


@pytest.mark.parametrize("part, moved", [(0.4, 0), (0.6, 1), (-0.4, 0), (-0.6, -1), (2.7, 3)])
def test_the_nearest_value_is_the_nearest(part, moved):
    quantisation = Quantisation(8, -1 * mV, 1 * mV, "nearest")
    change = part * float(quantisation.step)
    for statement in (f"w += {change!r}*volt", f"w -= {-change!r}*volt", f"w = {change!r}*volt"):
        found = weights_after(quantisation, statement, steps=1)
        np.testing.assert_allclose(found, moved * float(quantisation.step), rtol=0, atol=1e-18)


@pytest.mark.parametrize("sign", [-1, 1])
def test_values_stay_in_their_range(sign, seed):
    brian_seed(seed)
    quantisation = Quantisation(3, -0.5 * mV, 0.5 * mV)
    found = weights_after(quantisation, f"w += {sign}*0.1*mV")
    np.testing.assert_array_equal(found, values_of(quantisation)[-1 if sign > 0 else 0])


def test_start_values_are_rounded(rng):
    quantisation = Quantisation(2, 0 * mV, 4 * mV)
    values = [-1, 0.4, 0.6, 2.5, 7] * mV
    np.testing.assert_allclose(quantisation.round(values) / mV, [0, 0, 1, 3, 3])
    many = quantisation.round(np.full(2000, 1.25) * mV, rng) / mV
    assert set(np.rint(many)) == {1, 2} and abs(many.mean() - 1.25) < 0.05


@pytest.mark.parametrize(
    "options, message",
    [
        ({"bits": 0}, "bits=0"),
        ({"bits": 8.5}, "bits=8.5"),
        ({"rounding": "up"}, "'stochastic' or 'nearest'"),
        ({"low": 1 * mV}, "is none"),
        ({"high": 1}, "is none"),
    ],
)
def test_what_is_not_valid(options, message):
    with pytest.raises(RuleError, match=message):
        Quantisation(**{"bits": 8, "low": 0 * mV, "high": 1 * mV, **options})


def leaky(rounding="stochastic", bits=6, number=200):
    """Return neurons whose membrane potential has few bits, and what it may be."""
    quantisation = Quantisation(bits, -1 * volt, 3 * volt, rounding)
    cells = NeuronGroup(
        number,
        "dv/dt = (1.5*volt - v)/(20*ms) : volt",
        threshold="v > 1*volt",
        reset="v = 0*volt",
        method="exact",
        name="cells",
    )
    quantisation.apply_to(cells, "v")
    return cells, quantisation


@pytest.mark.parametrize("rounding", ["stochastic", "nearest"])
def test_states_have_few_bits_after_each_step(rounding, seed):
    brian_seed(seed)
    defaultclock.dt = 1 * ms
    cells, quantisation = leaky(rounding, bits=6 if rounding == "stochastic" else 8)
    states = StateMonitor(cells, "v", record=True, when="end", order=1)
    spikes = SpikeMonitor(cells)
    Network(cells, states, spikes).run(200 * ms)
    assert set(np.unique(np.asarray(states.v))) <= set(values_of(quantisation))
    # From 0 to 1 V it takes 22 ms.
    rate = spikes.num_spikes / len(cells) / 0.2
    assert rate == pytest.approx(1 / 0.022, rel=0.1 if rounding == "stochastic" else 0.4)


def test_nearest_values_stop_what_moves_too_slowly():
    defaultclock.dt = 1 * ms
    cells, quantisation = leaky("nearest", number=1)
    Network(cells).run(400 * ms)
    # A time step moves v by a twentieth of its distance from 1.5 V, and values are 1/16 V apart.
    assert cells.v[0] / volt == 0.875


def test_states_of_few_bits_are_the_same_in_a_mirror(seed):
    def build():
        defaultclock.dt = 1 * ms
        return Network(leaky(number=20)[0])

    assert_mirror_equals_brian2(build, seed, run_for(100 * ms))


def test_states_have_few_bits_in_a_program(compiler, tmp_path, seed):
    set_device("cpp_standalone", directory=str(tmp_path))
    defaultclock.dt = 1 * ms
    brian_seed(seed)
    cells, quantisation = leaky()
    Network(cells).run(50 * ms)
    found = np.array(cells.v)
    assert set(found) <= set(values_of(quantisation)) and len(set(found)) > 3


@pytest.mark.parametrize(
    "variable, message",
    [("w", "no variable 'w' that may change"), ("tau", "'tau' that may"), ("i", "'i' that may")],
)
def test_states_that_nothing_may_change_are_refused(variable, message):
    cells = NeuronGroup(2, "v : volt\ntau : second (constant)", name="cells")
    with pytest.raises(RuleError, match=message):
        Quantisation(8, 0 * volt, 1 * volt).apply_to(cells, variable)
    with pytest.raises(RuleError, match="'v' is in V, and its range .* from 0.0 to 1.0"):
        Quantisation(8, 0.0, 1.0).apply_to(cells, "v")


def test_another_operator_is_refused():
    with pytest.raises(RuleError, match=r"Write 'w = w \* \(1.1\)'"):
        Quantisation(8, 0 * volt, 1 * volt).rewrite("w *= 1.1", "w")
