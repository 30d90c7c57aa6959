"""The firing-rate regulariser, by hand."""

import pytest
import torch
from brian2 import Hz, ms, second

from brian2_l2l.errors import TrainingError
from brian2_l2l.training import firing_rates

KEY = ("hidden", "spikes", "sum")
# Two trials of 100 ms, three neurons: mean rates of 10, 30 and 0 Hz.
SUMS = torch.tensor([[2.0, 3.0, 0.0], [0.0, 3.0, 0.0]], requires_grad=True)


def test_rates_and_penalty():
    rates = firing_rates(["hidden"], 100 * ms, 10 * Hz, 0.1 * ms**2)
    assert rates.record == [KEY]
    measured = rates.rates({KEY: SUMS})
    assert measured["hidden"].tolist() == pytest.approx([10, 30, 0])
    penalty = rates.penalty(measured)
    assert penalty.item() == pytest.approx(0.1 * (0.02**2 + 0.01**2))
    (gradient,) = torch.autograd.grad(penalty, SUMS)
    wanted = [0.0, 0.1e-6 * 2 * 20 / 2 / 0.1, -0.1e-6 * 2 * 10 / 2 / 0.1]
    assert gradient.tolist() == [pytest.approx(wanted)] * 2


def test_several_groups_add_up():
    class Group:
        name = "other"

    other = Group()
    rates = firing_rates([other, "hidden"], 0.1 * second, 0 * Hz, 1 * second**2)
    record = {(other, "spikes", "sum"): torch.ones(2, 1), KEY: SUMS}
    measured = rates.rates(record)
    assert list(measured) == ["other", "hidden"]
    assert rates.penalty(measured).item() == pytest.approx(10**2 + 10**2 + 30**2)


def test_one_group_needs_no_list():
    assert firing_rates("hidden", 100 * ms, 10 * Hz, None).groups == ("hidden",)


def test_without_a_weight_the_groups_are_only_watched():
    rates = firing_rates("hidden", 100 * ms, 10 * Hz, None)
    assert rates.penalty(rates.rates({KEY: SUMS})) == 0.0


@pytest.mark.parametrize("weight", [0.1, 0.1 * ms, -1 * ms**2])
def test_a_weight_of_the_wrong_kind_is_named(weight):
    with pytest.raises(TrainingError, match="rate_weight=.*s\\^2, for example 0.1\\*ms\\*\\*2"):
        firing_rates("hidden", 100 * ms, 10 * Hz, weight)
