import numpy as np
import pytest

from validation.fuzz.compare import differences

VALUES = {"G.v": np.array([[0.1, 0.2], [0.3, np.nan]]), "G.n": np.array([1, 2])}


def changed(name, value):
    return {**VALUES, name: np.array(value)}


def test_equal_recordings_do_not_differ():
    assert differences(VALUES, {name: value.copy() for name, value in VALUES.items()}) == []


@pytest.mark.parametrize(
    "found, line",
    [
        (changed("G.n", [1, 3]), "G.n: 1 of 2 values differ, first at [1]: 3 instead of 2"),
        (changed("G.n", [1.0, 2.0]), "G.n: type float64 instead of int64"),
        (changed("G.n", [1]), "G.n: shape (1,) instead of (2,)"),
        (changed("S.w", [1]), "S.w: recorded only here"),
        ({"G.v": VALUES["G.v"]}, "G.n: not recorded"),
    ],
)
def test_what_differs_is_named(found, line):
    assert differences(VALUES, found) == [line]


def test_the_last_bit_and_nan_count():
    last_bit = [[0.1, np.nextafter(0.2, 1)], [0.3, np.nan]]
    (line,) = differences(VALUES, changed("G.v", last_bit))
    assert line.startswith("G.v: 1 of 4 values differ, first at [0, 1]")
    (line,) = differences(VALUES, changed("G.v", [[0.1, 0.2], [0.3, 0.4]]))
    assert line.endswith("0.4 instead of nan")


def test_the_earliest_difference_is_shown():
    (line,) = differences({"M.v": np.zeros((2, 3))}, {"M.v": np.array([[0, 0, 1], [0, 1, 0.0]])})
    assert "first at [1, 1]" in line
