"""Reductions over time, losses and accuracy."""

import pytest
import torch

from brian2_l2l.errors import TrainingError
from brian2_l2l.training import LOSSES, Average, accuracy, reduce_time

VALUES = torch.tensor([[[1.0, 4.0]], [[5.0, 0.0]], [[3.0, 2.0]]])


@pytest.mark.parametrize(
    ("how", "steps", "wanted"),
    [
        ("mean", None, [[3.0, 2.0]]),
        ("max", None, [[5.0, 4.0]]),
        ("last", None, [[3.0, 2.0]]),
        ("mean", 2, [[4.0, 1.0]]),
        ("max", 2, [[5.0, 2.0]]),
    ],
)
def test_reduce_time(how, steps, wanted):
    assert reduce_time(VALUES, how, steps).tolist() == wanted


def test_no_reduction_keeps_time():
    assert torch.equal(reduce_time(VALUES, None, 2), VALUES[1:])


def test_cross_entropy_is_the_mean_of_minus_log_probabilities():
    scores = torch.tensor([[1.0, 2.0, 0.5], [0.0, -1.0, 3.0]])
    probabilities = scores.exp() / scores.exp().sum(dim=1, keepdim=True)
    wanted = -(probabilities[0, 1].log() + probabilities[1, 0].log()) / 2
    found = LOSSES["cross_entropy"].function(scores, torch.tensor([1, 0]))
    torch.testing.assert_close(found, wanted)


@pytest.mark.parametrize("targets", [[0.0, 2.0], [[0.0], [2.0]]])
def test_mean_squared_error_of_one_readout(targets):
    error = LOSSES["mean_squared_error"].function(
        torch.tensor([[1.0], [5.0]]), torch.tensor(targets)
    )
    assert float(error) == pytest.approx((1 + 9) / 2)


@pytest.mark.parametrize("shape", [(3, 2), (2,), (6,), (1, 2, 3)])
def test_mean_squared_error_refuses_other_shapes(shape):
    with pytest.raises(TrainingError, match="shape"):
        LOSSES["mean_squared_error"].function(torch.zeros(2, 3), torch.zeros(shape))


def test_accuracy_counts_trials():
    scores = torch.tensor([[1.0, 2.0], [3.0, 0.0], [0.0, 1.0]])
    assert accuracy(scores, torch.tensor([1, 1, 1])) == Average(2.0, 3)
    assert accuracy(scores, torch.tensor([1, 1, 1])).value == pytest.approx(2 / 3)
