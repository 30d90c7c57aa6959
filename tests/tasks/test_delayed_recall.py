"""N-step delayed recall: what is shown, and which symbol is asked for."""

import matplotlib
import pytest
import torch
from brian2 import Hz, ms

from brian2_l2l.errors import TrainingError
from brian2_l2l.tasks import DelayedRecallTask

KEY = ("readout", "y")


def first_batch(task, seed, size=64):
    return next(task.batches("train", size, torch.Generator().manual_seed(seed)))


def test_only_the_population_of_the_symbol_spikes(seed):
    task = DelayedRecallTask(symbols=3, neurons=10, periods=5, rate=100 * Hz)
    batch = first_batch(task, seed)
    spikes = batch.inputs["stimulus"]
    assert spikes.shape == (500, 64, 30) and task.inputs == 30 and task.duration == 500 * ms
    counts = spikes.unflatten(0, (5, 100)).unflatten(-1, (3, 10)).sum((1, -1))
    assert torch.equal(counts.argmax(-1), batch.targets)
    assert torch.equal((counts > 0).sum(-1), torch.ones(5, 64, dtype=torch.int64))
    assert abs(float(counts.sum()) / (5 * 64) - 100) < 5


@pytest.mark.parametrize("delay", [0, 1, 3])
def test_the_symbol_before_is_asked_for(delay, seed):
    task = DelayedRecallTask(delay=delay, periods=6)
    batch = first_batch(task, seed)
    answers = torch.nn.functional.one_hot(batch.targets, 4).double()
    answers = torch.cat([torch.rand(delay, 64, 4), answers[: 6 - delay]])
    record = {KEY: answers.repeat_interleave(task.steps, 0)}
    assert task.metrics(record, batch.targets)["error"].value == 0
    assert float(task.loss(record, batch.targets)) < 1
    if delay:
        now = torch.nn.functional.one_hot(batch.targets, 4).double()
        wrong = task.metrics({KEY: now.repeat_interleave(task.steps, 0)}, batch.targets)["error"]
        assert 0.6 < wrong.value < 0.9 and wrong.count == 64 * (6 - delay)


def test_other_splits_have_the_same_trials_each_time():
    task = DelayedRecallTask(held_out=20)
    one, other = (list(task.batches("test", 12)) for _ in range(2))
    assert [batch.size for batch in one] == [12, 8]
    for first, second in zip(one, other, strict=True):
        assert torch.equal(first.inputs["stimulus"], second.inputs["stimulus"])


def test_a_trial_can_be_drawn(seed):
    matplotlib.use("agg")
    from matplotlib import pyplot

    task = DelayedRecallTask()
    figure, axes = pyplot.subplots()
    batch = first_batch(task, seed)
    task.draw(axes, batch, trial=3)
    figure.canvas.draw()
    assert [text.get_text() for text in axes.texts] == [str(int(k)) for k in batch.targets[:8, 3]]
    pyplot.close(figure)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"delay": 10}, "delay=10 must be below periods=10"),
        ({"delay": -1}, "delay=-1 must be an integer of 0"),
        ({"symbols": 1}, "symbols=1 must be an integer of 2"),
        ({"rate": 1000 * Hz}, "more than one spike"),
    ],
)
def test_what_is_not_valid(options, message):
    with pytest.raises(TrainingError, match=message):
        DelayedRecallTask(**options)
