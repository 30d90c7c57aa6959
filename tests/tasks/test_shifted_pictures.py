"""Pictures are shifted in all directions, and nothing else happens to them."""

import numpy as np
import pytest

from brian2_l2l.tasks import shift_pictures


@pytest.mark.parametrize("most", [0, 1, 2])
def test_all_shifts_are_as_likely(most, rng):
    pictures = np.zeros((4000, 7, 8), np.uint8)
    pictures[:, 3, 4] = 9
    shifted = shift_pictures(pictures, rng, most)
    assert shifted.shape == pictures.shape and shifted.dtype == pictures.dtype
    assert (shifted.sum((1, 2)) == 9).all()
    places = (shifted > 0).mean(0)[3 - most : 4 + most, 4 - most : 5 + most]
    assert places.sum() == pytest.approx(1)
    expected = 1 / (2 * most + 1) ** 2
    deviation = np.sqrt(expected * (1 - expected) / len(pictures))
    assert abs(places - expected).max() <= 5 * deviation


def test_what_leaves_at_one_side_does_not_come_in_at_the_other(rng):
    pictures = np.ones((100, 3, 3))
    shifted = shift_pictures(pictures, rng, 1)
    for kept, whole in zip(shifted, pictures, strict=True):
        rows, columns = kept.any(1), kept.any(0)
        assert kept.sum() == rows.sum() * columns.sum() >= 4
        assert (kept[np.ix_(rows, columns)] == whole[np.ix_(rows, columns)]).all()
