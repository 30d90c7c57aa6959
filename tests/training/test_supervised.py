"""The task made of tensors in memory."""

import pytest
import torch
from brian2 import ms, mV

from brian2_l2l.errors import TrainingError
from brian2_l2l.training import Batch, Examples, SupervisedTask, Task
from tests.training.standin import make_task

KEY = ("readout", "y")


def numbered(trials, steps=4, channels=2):
    """Examples whose inputs and targets are the number of the trial."""
    numbers = torch.arange(trials)
    return Examples({"stimulus": numbers.float().expand(steps, channels, -1).mT}, numbers)


def numbered_task(trials=10, **options):
    options = {"duration": 4 * ms, "examples": {"train": numbered(trials)}, **options}
    return SupervisedTask(readout=KEY, **options)


def test_it_is_a_task():
    assert isinstance(make_task(), Task)
    assert make_task().splits == ("train", "validation", "test")


def test_every_trial_comes_once_and_the_last_batch_is_smaller():
    batches = list(numbered_task().batches("train", 4, torch.Generator().manual_seed(1)))
    assert [batch.size for batch in batches] == [4, 4, 2]
    seen = torch.cat([batch.targets for batch in batches])
    assert sorted(seen.tolist()) == list(range(10))
    assert seen.tolist() != list(range(10))
    for batch in batches:
        assert batch.inputs["stimulus"].shape == (4, batch.size, 2)
        assert torch.equal(batch.inputs["stimulus"][0, :, 0], batch.targets.float())


def test_without_a_generator_the_order_is_kept():
    batches = list(numbered_task().batches("train", 4))
    assert torch.cat([batch.targets for batch in batches]).tolist() == list(range(10))


def test_the_generator_decides_the_order():
    def order(generator):
        return [batch.targets.tolist() for batch in numbered_task().batches("train", 4, generator)]

    generator = torch.Generator().manual_seed(1)
    first, second = order(generator), order(generator)
    assert first != second
    assert order(torch.Generator().manual_seed(1)) == first


def test_trials_of_sparse_inputs_and_of_views_are_those_of_dense_ones():
    values = (torch.arange(60).reshape(5, 6, 2) % 7 == 0).float()
    view = values.transpose(0, 1).contiguous().transpose(0, 1)
    trials = torch.tensor([4, 0, 3])
    for inputs in (values, view, values.to_sparse()):
        batch = Examples({"stimulus": inputs}, torch.arange(6)).select(trials)
        found = batch.inputs["stimulus"]
        assert found.is_sparse == inputs.is_sparse
        assert torch.equal(found.to_dense(), values[:, trials])
        assert torch.equal(batch.targets, trials)


def test_targets_over_time():
    targets = torch.arange(12.0).reshape(4, 3, 1)
    examples = Examples({"stimulus": torch.zeros(4, 3, 2)}, targets, trial_axis=1)
    task = numbered_task(
        examples={"train": examples}, loss_function="mean_squared_error", reduce=None
    )
    (first, second) = task.batches("train", 2)
    assert torch.equal(first.targets, targets[:, :2])
    assert torch.equal(second.targets, targets[:, 2:])
    assert float(task.loss({KEY: first.targets + 2}, first.targets)) == pytest.approx(4)


def test_the_window_is_the_end_of_the_trial():
    record = {KEY: torch.arange(8.0).reshape(8, 1, 1)}
    task = numbered_task(window=1 * ms, reduce="mean", loss_function="mean_squared_error")
    assert float(task.outputs(record)) == pytest.approx(6.5)


def test_own_loss_and_metrics():
    task = numbered_task(
        loss_function=lambda readout, targets: readout.sum() * 0 + 3,
        reduce=lambda values: values[0],
        metric_functions={"largest": lambda readout, targets: readout.max()},
    )
    record = {KEY: torch.tensor([[[7.0]], [[9.0]]])}
    assert float(task.loss(record, torch.tensor([0]))) == 3
    assert {name: float(value) for name, value in task.metrics(record, None).items()} == {
        "largest": 7.0
    }


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"duration": 4}, "duration=4 must be a quantity in s, for example 100\\*ms"),
        ({"duration": 4 * mV}, "duration=.*its units are"),
        ({"duration": "100 ms"}, "duration='100 ms' must be .*; it has no units"),
        ({"duration": [1, 2] * ms}, "duration=.*finite"),
        ({"reduce": "average"}, "reduce='average' is not known.*'mean', 'max', 'last', None"),
        ({"reduce": None}, "'cross_entropy' needs one score per class"),
        ({"loss_function": "crossentropy"}, "Did you mean 'cross_entropy'"),
        ({"window": 3}, "window=3 must be"),
        ({"window": 5 * ms}, "window=5. ms must be longer than 0 s and not longer than"),
        ({"window": 0 * ms}, "window=.* must be longer than 0 s"),
    ],
    ids=str,
)
def test_bad_attributes_are_named(options, message):
    with pytest.raises(TrainingError, match=message):
        numbered_task(**options)


def test_an_unknown_split_is_named():
    with pytest.raises(TrainingError, match="no split 'test'. It has: 'train'"):
        next(numbered_task().batches("test", 4))


def test_bad_shapes_are_named():
    with pytest.raises(TrainingError, match="'stimulus' has 3 trials and the targets have 5"):
        Examples({"stimulus": torch.zeros(4, 3, 2)}, torch.zeros(5))
    with pytest.raises(TrainingError, match="'stimulus' has shape \\[4, 3\\]"):
        Examples({"stimulus": torch.zeros(4, 3)}, torch.zeros(3))


def test_a_batch_knows_its_size():
    assert Batch({"stimulus": torch.zeros(4, 3, 2)}, None).size == 3
    assert Batch({"events": "sparse"}, None, size=5).size == 5
    with pytest.raises(TrainingError, match="size=number"):
        Batch({"events": "sparse"}, None)
