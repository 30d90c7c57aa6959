"""The order of the data can be taken up again anywhere."""

import itertools

import pytest
import torch

from brian2_l2l.errors import TrainingError
from brian2_l2l.training import Batch
from brian2_l2l.training.data_order import DataOrder
from tests.training.standin import make_task


class MadeUp:
    """A task that makes up 3 batches per epoch out of its generator, lazily."""

    def batches(self, split, batch_size, generator):
        for _ in range(3):
            yield Batch({}, torch.rand(batch_size, generator=generator), size=batch_size)


def numbers(order, count):
    """The targets of the next batches."""
    found = []
    for _ in range(count):
        found.append(order.current().targets.tolist())
        order.advance()
    return found


@pytest.mark.parametrize("task", [make_task(train=50), MadeUp()], ids=["in_memory", "made_up"])
@pytest.mark.parametrize("stop", range(10))
def test_it_goes_on_where_it_was(task, stop):
    def order(seed):
        return DataOrder(task, 16, torch.Generator().manual_seed(seed))

    wanted = numbers(order(1), 12)
    assert all(a != b for a, b in itertools.pairwise(wanted))
    first = order(1)
    assert numbers(first, stop) == wanted[:stop]
    first.current()
    second = order(2)
    second.load_state_dict(first.state_dict())
    assert (second.epoch, second.position) == (first.epoch, first.position)
    assert second.completed_epochs() == first.completed_epochs()
    assert numbers(second, 12 - stop) == wanted[stop:]


def test_epochs_are_counted():
    order = DataOrder(MadeUp(), 4, torch.Generator())
    places = []
    for _ in range(7):
        order.current()
        order.advance()
        places.append((order.epoch, order.position, order.completed_epochs()))
    assert places[:4] == [(0, 1, 0.0), (0, 2, 0.0), (1, 0, 1.0), (1, 1, pytest.approx(4 / 3))]
    assert places[-1][:2] == (2, 1)


def test_the_current_batch_stays_until_it_is_used():
    order = DataOrder(MadeUp(), 4, torch.Generator())
    assert order.current() is order.current()


def test_a_task_without_batches_is_an_error():
    class Empty:
        def batches(self, split, batch_size, generator):
            return iter(())

    with pytest.raises(TrainingError, match="'train' of the task gave no batch"):
        DataOrder(Empty(), 4, torch.Generator()).current()


def test_a_task_that_has_become_shorter_is_named():
    order = DataOrder(make_task(train=50), 16, torch.Generator())
    numbers(order, 3)
    shorter = DataOrder(make_task(train=40), 16, torch.Generator())
    with pytest.raises(TrainingError, match="batch 4 of an epoch.*task of the checkpoint"):
        shorter.load_state_dict(order.state_dict())
