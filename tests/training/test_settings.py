"""The settings of a run as texts: the same for the same setting, in every process."""

from functools import partial

import numpy as np
import pytest
import torch
from brian2 import Hz, Network, NeuronGroup, Synapses, ms, mV

import brian2_l2l as l2l
from brian2_l2l.errors import TrainingError
from brian2_l2l.training.settings import check_same, describe, describe_network


def rule(mirror, optimiser, rate=1.0):
    return mirror, optimiser, rate


SAME = {
    "numbers": (1, 1.0),
    "numpy numbers": (np.float32(0.5), 0.5),
    "units": (10 * Hz, 0.01 / ms),
    "sequences": ([1, "a"], (1, "a")),
    "mappings": ({"a": 1, "b": [2]}, {"a": 1.0, "b": (2,)}),
    "options": (partial(rule, rate=2), partial(rule, rate=2.0)),
    "arrays": (np.array([1.0, 2.0]), torch.tensor([1.0, 2.0])),
}
DIFFERENT = {
    "numbers": (1, 2),
    "last digits": (0.1, 0.1 + 1e-16),
    "truth": (True, 1),
    "nothing": (None, "None"),
    "last digits of quantities": (1 / 3 * Hz, (1 / 3 + 1e-12) * Hz),
    "units": (10 * mV, 10 * ms),
    "sequences": ([1, 2], [2, 1]),
    "options": (partial(rule, rate=2), partial(rule, rate=3)),
    "functions": (rule, describe),
    "arrays": (np.array([1.0, 2.0]), np.array([1.0, 3.0])),
}


@pytest.mark.parametrize("name", SAME)
def test_the_same_setting_has_the_same_text(name):
    first, second = SAME[name]
    assert describe(first) == describe(second)


@pytest.mark.parametrize("name", DIFFERENT)
def test_other_settings_have_other_texts(name):
    first, second = DIFFERENT[name]
    assert describe(first) != describe(second)


def test_a_text_holds_no_address():
    group = NeuronGroup(1, "v : 1", name="hidden")
    values = [group, rule, partial(rule, rate=1), lambda step: step, object()]
    assert describe(group) == "hidden"
    assert not any("0x" in describe(value) for value in values)


def test_all_that_differs_is_named():
    check_same({"a": "1", "b": "2"}, {"a": "1", "b": "2"}, "file")
    with pytest.raises(TrainingError) as caught:
        check_same({"a": "1", "b": "2"}, {"a": "3", "c": "4"}, "file")
    message = str(caught.value)
    assert "Cannot resume from file" in message and "resume=False" in message
    for part in ("a is 3 and was 1", "b is missing and was 2", "c is 4 and was missing"):
        assert part in message


def mirror(beta=0.1, tau=10, number=5, w=0.5, dtype=torch.float64):
    """Return a mirror whose weights are trained."""
    group = NeuronGroup(
        number,
        """
        dv/dt = (beta - v)/tau : 1
        beta : 1 (constant)
        """,
        threshold="v > 1",
        reset="v = 0",
        namespace={"tau": tau * ms},
        method="exact",
        name="G",
    )
    group.beta, group.v = beta, "rand()"
    synapses = Synapses(group, group, "w : 1 (constant)", on_pre="v += w", name="S")
    synapses.connect("i != j")
    synapses.w = w
    return l2l.mirror(Network(group, synapses), [(synapses, "w")], dtype=dtype)


def described(**changed):
    one = mirror(**changed)
    return describe_network(one.source, one.constants)


def test_a_network_is_known_again_by_equations_and_constants():
    for same in ({"w": 0.25}, {"beta": 0.1 * (1 + 1e-15)}):
        assert described(**same) == described()
    for other in ({"beta": 0.0}, {"beta": np.linspace(0, 1, 5)}, {"tau": 20}, {"number": 6}):
        assert described(**other) != described()


def test_a_network_is_the_same_on_processors_that_round_otherwise():
    source = "# tau = 0.01\n# _lio_1 = 0.990049833749168\n# N = 5\n"
    assert describe_network(source, {}) == describe_network(source.replace("9168", "9169"), {})
    for other in (source.replace("0.01", "0.02"), source.replace("5", "6")):
        assert describe_network(source, {}) != describe_network(other, {})
