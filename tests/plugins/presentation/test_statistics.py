"""Networks learn equally well in engines that draw other random numbers.

The runtime device and the device ``'torch'`` learn what a C++ program learns, to the bit, as other
tests show. Mirrors draw other numbers. So each engine learns many times, with data of its own, and
the difference of the mean accuracy has a confidence interval. Engines are equal if all of it is
within a margin, which is less than what steps of half the size cost; the test shows that too.
"""

import numpy as np
from brian2 import volt
from scipy.stats import ttest_ind

from brian2_l2l_plugins.presentation import as_program
from tests.plugins.presentation.patterns import data, presenter

#: How often each engine learns anew, and the part of the inputs that say nothing.
RUNS, FLIPPED = 64, 0.3
#: Within which differences of accuracy must be, at this confidence.
MARGIN, CONFIDENCE = 0.06, 0.99


def accuracies(rng, **options):
    """Return the accuracy while learning, for all runs, each with other data."""
    shown, found = presenter(transmission=0.65, **options), []
    for _ in range(RUNS):
        # Each run begins with the weights of the script, and with random numbers of its own.
        shown.values = {}
        values, labels = data(rng)
        values = np.abs(values - (rng.random(values.shape) < FLIPPED))
        history = shown.train(values, labels, report=None)
        found.append(np.mean([row["accuracy"] for row in history]))
    return found


def test_engines_are_equal_within_less_than_what_half_the_steps_cost(seed, compiler):
    rng = np.random.default_rng(seed)
    with as_program():
        expected = accuracies(rng)
    assert 0.55 < np.mean(expected) < 0.9
    one, several, halved = (
        ttest_ind(accuracies(rng, **options), expected, equal_var=False).confidence_interval(
            CONFIDENCE
        )
        for options in (
            {"batch_size": 1},
            {"batch_size": 5},
            {"batch_size": 1, "rate": 5e-3 * volt},
        )
    )
    for found in (one, several):
        assert -MARGIN < found.low and found.high < MARGIN, "an engine learns otherwise"
    assert halved.low < -MARGIN, "steps of half the size are not seen"
