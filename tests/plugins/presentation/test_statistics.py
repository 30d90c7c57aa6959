"""Networks learn equally well in engines that draw other random numbers."""

import numpy as np
from brian2 import volt
from scipy.stats import ttest_ind

from tests.plugins.presentation.patterns import data, presenter

#: How often each engine learns anew, and the part of the inputs that say nothing.
RUNS, FLIPPED = 8, 0.3


def accuracies(rng, **options):
    """Return the accuracy while learning, for several runs with other data."""
    shown, found = presenter(transmission=0.65, **options), []
    for run in range(RUNS):
        # Each run begins with the weights of the script, and with random numbers of its own.
        shown.values = {}
        values, labels = data(run)
        values = np.abs(values - (rng.random(values.shape) < FLIPPED))
        history = shown.train(values, labels, report=None)
        found.append(np.mean([row["accuracy"] for row in history]))
    return found


def test_engines_differ_no_more_than_runs(seed):
    """Runs tell by Welch's t-test whether an engine learns worse, and they see slow learning."""
    rng = np.random.default_rng(seed)
    expected = accuracies(rng)
    assert 0.55 < np.mean(expected) < 0.9
    one, several, slow = (
        ttest_ind(expected, accuracies(rng, **options), equal_var=False).pvalue
        for options in (
            {"batch_size": 1},
            {"batch_size": 5},
            {"batch_size": 1, "rate": 1e-3 * volt},
        )
    )
    assert one > 1e-4 and several > 1e-4, "an engine learns worse"
    assert slow < 1e-2, "slow learning is not seen"
