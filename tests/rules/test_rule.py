"""A rule says what it needs, is checked before anything is made, and makes standard synapses."""

import numpy as np
import pytest
from brian2 import Network, NeuronGroup, SpikeGeneratorGroup, ms, mV, volt

from brian2_l2l.errors import RuleError
from brian2_l2l.rules import Quantisation, Rule


def teachable(n=2, model="v : volt\nteacher : volt"):
    return NeuronGroup(n, model, threshold="v > 1*mV", reset="v = 0*mV", name="cells")


RULE = Rule(
    "w : volt",
    on_pre="v_post += w; w += rate*teacher_post",
    target={"v": volt, "teacher": volt},
    third_factor="teacher",
    namespace={"rate": 0.5},
)


def run(rule, duration=3 * ms, **options):
    """Return the weights of two synapses after a spike in each time step."""
    source = SpikeGeneratorGroup(1, [0, 0, 0], [0, 1, 2] * ms, dt=1 * ms)
    cells = teachable()
    synapses = rule.synapses(source, cells, dt=1 * ms, **options)
    synapses.connect()
    cells.teacher = [1, -2] * mV
    Network(source, cells, synapses).run(duration)
    return np.array(synapses.w)


def test_the_synapses_learn_by_the_rule():
    np.testing.assert_allclose(run(RULE), [1.5e-3, -3e-3])


def test_constants_of_the_user_come_first():
    np.testing.assert_allclose(run(RULE, namespace={"rate": 1.0}), [3e-3, -6e-3])


def test_a_delay_is_an_option_of_the_synapses():
    np.testing.assert_allclose(run(RULE, delay=1 * ms), [1e-3, -2e-3])


def test_parts_are_exchanged():
    other = RULE.with_(on_pre="w -= rate*teacher_post", namespace={"more": 1})
    np.testing.assert_allclose(run(other), [-1.5e-3, 3e-3])
    assert other.namespace == {"rate": 0.5, "more": 1} and RULE.namespace == {"rate": 0.5}
    with pytest.raises(TypeError, match=r"no part 'onpre'. Did you mean 'on_pre'\?"):
        RULE.with_(onpre="")


def test_a_rule_prints_all_that_it_is():
    text = str(RULE.with_(quantisation=Quantisation(8, 0 * mV, 1 * mV)))
    for part in ("w : V", RULE.on_pre, "teacher : volt", "third factor: teacher", "rate = 0.5"):
        assert part in text
    assert "8 bits from 0. V to 1. mV, stochastic rounding" in text


@pytest.mark.parametrize(
    "model, message",
    [
        ("v : volt\nteachr : volt", r"'teacher', which it does not have. Did you mean 'teachr'\?"),
        ("v : volt\nteacher : amp", "'teacher' in volt, and there it is in amp"),
    ],
)
def test_groups_that_do_not_fit_are_named_with_their_place(model, message):
    with pytest.raises(RuleError, match=message) as error:
        RULE.synapses(teachable(), teachable(model=model))
    assert "test_rule.py" in str(error.value) and "'cells'" in str(error.value)


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"model": "w : volt (constant)"}, "'w' is constant"),
        ({"weight": "g"}, "'g' is not in the equations"),
        ({"on_pre": "v_post += w"}, "Nothing changes the plastic variable 'w'"),
        ({"model": "w = teacher_post/3 : volt"}, "'w' is a subexpression"),
        (
            {"quantisation": Quantisation(8, 0, 1)},
            "'w' is in V, and its range for few bits goes from 0 to 1",
        ),
        ({"third_factor": "reward"}, "'reward' is neither a variable of the synapses"),
        (
            {
                "model": "dw/dt = teacher_post/second : volt (clock-driven)",
                "on_pre": "v_post += w",
                "quantisation": Quantisation(8, 0 * mV, 1 * mV),
            },
            r"round it after each time step: quantisation.apply_to\(synapses, 'w'\)",
        ),
    ],
)
def test_rules_that_cannot_work_are_refused(changes, message):
    with pytest.raises(RuleError, match=message):
        RULE.with_(**changes).synapses(teachable(), teachable())
