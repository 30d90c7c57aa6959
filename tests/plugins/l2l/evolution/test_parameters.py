"""Parameters: bounds with units, scales, and the unit cube."""

import numpy as np
import pytest
from brian2 import Quantity, have_same_dimensions, ms, mV, nS

from brian2_l2l.errors import TrainingError
from brian2_l2l_plugins.l2l import Parameter
from brian2_l2l_plugins.l2l.evolution.parameters import (
    check_parameters,
    start_point,
    values_at,
    values_text,
)


def test_the_ends_of_the_cube_are_the_bounds():
    for scale in ("linear", "log"):
        parameter = Parameter("tau", 0.7 * ms, 49.3 * ms, scale)
        assert parameter.value(0.0) == 0.7 * ms and parameter.value(1.0) == 49.3 * ms
        assert have_same_dimensions(parameter.value(0.5), ms)


def test_the_middle_follows_the_scale():
    assert Parameter("g", 1 * nS, 100 * nS).value(0.5) / nS == pytest.approx(50.5)
    assert Parameter("g", 1 * nS, 100 * nS, scale="log").value(0.5) / nS == pytest.approx(10)


def test_position_and_value_are_inverse(rng):
    for scale in ("linear", "log"):
        parameter = Parameter("w", 0.01, 3.0, scale)
        for position in rng.random(20):
            assert parameter.position(parameter.value(position)) == pytest.approx(position)


def test_rounding_does_not_leave_the_bounds(rng):
    for low, high in np.sort(rng.random((200, 2)) + 1e-3):
        parameter = Parameter("w", low, high, "log")
        assert low <= parameter.value(0.0) and parameter.value(1.0) <= high


def test_numbers_without_a_unit_stay_numbers():
    assert type(Parameter("w", 0, 2).value(0.25)) is float
    assert isinstance(Parameter("v", 0 * mV, 2 * mV).value(0.25), Quantity)


def test_the_search_starts_where_it_is_told_or_in_the_middle():
    parameters = [Parameter("a", 1, 100, "log", start=10), Parameter("b", 0, 4, start=1)]
    np.testing.assert_allclose(start_point(parameters), [0.5, 0.25])
    assert start_point([Parameter("a", 1, 100)]) == [0.5]


def test_values_have_names_and_can_be_read():
    parameters = [Parameter("n.tau", 5 * ms, 15 * ms), Parameter("S.w", 0.0, 1.0)]
    values = values_at(parameters, np.array([0.5, 0.25]))
    assert list(values) == ["n.tau", "S.w"] and values["S.w"] == 0.25
    assert values["n.tau"] / ms == pytest.approx(10)
    assert values_text(values) == "n.tau = 10. ms, S.w = 0.25"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("", 0, 1), "must be a text"),
        (("a", 1, 1), "needs low=1 below high=1"),
        (("a", 0 * mV, 1 * ms), "different units"),
        (("a", 0 * mV, 1), "different units"),
        (("a", 0, "1"), "give a finite number"),
        (("a", 0, np.inf), "give a finite number"),
        (("a", [0, 1], 1), "give a finite number"),
        (("a", 0, 1, "log"), "low=0 must be above 0"),
        (("a", 1, 2, "logarithmic"), "is not known.* Choose from: 'linear', 'log'"),
        (("a", 0, 1, "linear", 2), "start=2, which is not between"),
        (("a", 0 * mV, 1 * mV, "linear", 1 * ms), "different units"),
    ],
)
def test_what_does_not_fit_is_refused(arguments, message):
    with pytest.raises(TrainingError, match=message):
        Parameter(*arguments)


def test_names_are_there_once():
    with pytest.raises(TrainingError, match="two parameters called 'a'"):
        check_parameters([Parameter("a", 0, 1), Parameter("b", 0, 1), Parameter("a", 0, 2)])
    with pytest.raises(TrainingError, match="parameters is empty"):
        check_parameters([])
    with pytest.raises(TrainingError, match="is no parameter; write Parameter"):
        check_parameters([("a", 0, 1)])
