"""Samples are laid out in time, checked, and their answers counted."""

import numpy as np
import pytest
from brian2 import ms

from brian2_l2l.errors import TrainingError
from brian2_l2l_plugins.presentation import Samples


def samples(**options):
    return Samples(4, 3, chunk=5, **{"sample": 100 * ms, "pause": 40 * ms, **options})


def test_arrays_are_those_of_the_samples(rng):
    shown, values, labels = samples(), rng.random((3, 4)), np.array([2, 0, 1])
    found = shown.arrays(values, labels)
    np.testing.assert_array_equal(found["intensity"][:3], values)
    assert not found["intensity"][3:].any()
    np.testing.assert_array_equal(found["label"], [2, 0, 1, 0, 0])
    assert shown.learning.dt == pytest.approx(0.02)
    np.testing.assert_array_equal(found["learning"], [0, 0, 1, 1, 1] * 3 + [0] * 10)
    assert not shown.arrays(values, None)["learning"].any()
    assert shown.duration == 500 * ms


def test_time_grids_are_those_that_are_asked_for():
    # Brian2 warns of a TimedArray whose grid is off by the last bit.
    assert float(Samples(4, 3, sample=250 * ms, pause=50 * ms).learning.dt) == float(50 * ms)


def test_bytes_are_parts_of_255(rng):
    shown, pixels = samples(), rng.integers(256, size=(3, 4), dtype=np.uint8)
    values, _ = shown.check(pixels)
    assert values.dtype == np.uint8, "samples take more memory"
    np.testing.assert_array_equal(shown.arrays(values, None)["intensity"][:3], pixels / 255)


def test_spikes_count_after_the_pause():
    times = np.array([0.0, 39.9, 40, 99.9, 100, 139, 240, 240, 499, 500, 560]) * 1e-3
    neurons = np.array([0, 0, 0, 0, 1, 1, 2, 2, 1, 1, 1])
    found = samples().counts(times, neurons)
    np.testing.assert_array_equal(found, [[2, 0, 0], [0, 0, 0], [0, 0, 2], [0, 0, 0], [0, 1, 0]])


def test_pictures_are_taken_as_rows(rng):
    pictures = rng.random((6, 2, 2))
    values, labels = samples().check(pictures, np.arange(6) % 3)
    np.testing.assert_array_equal(values, pictures.reshape(6, 4))
    assert labels.dtype.kind == "i"


@pytest.mark.parametrize(
    "values, labels, message",
    [
        (np.zeros((2, 5)), None, r"\(2, 5\), so 5 values each; the network has 4 inputs"),
        (np.zeros((2, 3, 3)), None, "9 values each"),
        (np.zeros(4), None, r"Give an array \(sample, input\)"),
        (np.zeros((0, 4)), None, "Give an array"),
        (np.full((2, 4), 255), None, r"from 255 to 255 \(int64\); they must be from 0 to 1"),
        (np.eye(2, 4, dtype=np.uint8), None, r"values.astype\(bool\)"),
        (np.full((2, 4), np.nan), None, "from 0 to 1"),
        (np.zeros((2, 4)), [0, 3], "from 0 to 3 .*whole numbers from 0 to 2"),
        (np.zeros((2, 4)), [-1, 0], "from -1 to 0"),
        (np.zeros((2, 4)), [0.0, 1.0], "float64"),
        (np.zeros((2, 4)), [0], r"2 samples have labels of the shape \(1,\)"),
    ],
)
def test_samples_that_cannot_be_shown(values, labels, message):
    with pytest.raises(TrainingError, match=message):
        samples().check(values, labels)


@pytest.mark.parametrize("options", [{"pause": 250 * ms}, {"sample": 3}, {"chunk": 0}])
def test_times_that_cannot_be(options):
    with pytest.raises(TrainingError):
        Samples(4, 3, **options)
