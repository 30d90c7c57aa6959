"""Store-recall: what is asked for, how it is shown, and when an answer counts as right."""

import matplotlib
import pytest
import torch
from brian2 import Hz, ms

from brian2_l2l.errors import TrainingError
from brian2_l2l.tasks import StoreRecallTask, bernoulli_spikes

KEY = ("readout", "y")


def first_batch(task, split="train", size=64, seed=3):
    return next(task.batches(split, size, torch.Generator().manual_seed(seed)))


@pytest.mark.parametrize("probability", [0.0, 0.01, 0.3, 0.9])
def test_spikes_are_independent_and_have_their_rate(probability, seed):
    shape = (200, 50, 40)
    spikes = bernoulli_spikes(shape, probability, torch.Generator().manual_seed(seed)).double()
    assert spikes.shape == shape
    deviation = (probability * (1 - probability) / spikes.numel()) ** 0.5
    assert abs(float(spikes.mean()) - probability) <= 5 * deviation
    centred = spikes - probability
    for axis in range(3):
        product = centred.narrow(axis, 1, shape[axis] - 1) * centred.narrow(
            axis, 0, shape[axis] - 1
        )
        limit = 5 * probability * (1 - probability) / product.numel() ** 0.5
        assert abs(float(product.mean())) <= limit
    again = bernoulli_spikes(shape, probability, torch.Generator().manual_seed(seed))
    assert torch.equal(again.double(), spikes)


def test_commands_take_turns_and_the_stored_bit_is_asked_for():
    targets = first_batch(StoreRecallTask()).targets
    for trial in range(64):
        stored = None
        for k in range(12):
            store, recall = bool(targets.store[k, trial]), bool(targets.recall[k, trial])
            assert not (store and recall)
            if store:
                assert stored is None
                stored = int(targets.bits[k, trial])
            if recall:
                assert stored == int(targets.bits[k, trial])
                stored = None
    assert int(targets.recall.sum()) > 30
    # The bit is as often 0 as 1, and what is shown just before says nothing of it.
    asked = targets.bits[targets.recall].double()
    assert 0.3 < float(asked.mean()) < 0.7


def test_populations_show_the_bits_and_commands():
    task = StoreRecallTask(rate=100 * Hz)
    batch = first_batch(task)
    targets, spikes = batch.targets, batch.inputs["stimulus"]
    assert spikes.shape == (2400, 64, 100) and spikes.dtype == torch.bool
    rates = spikes.unflatten(0, (12, 200)).unflatten(-1, (4, 25)).double().mean(dim=(1, 4))
    shown = ~targets.recall
    active = [shown & (targets.bits == 0), shown & (targets.bits == 1), targets.store]
    for population, when in enumerate([*active, targets.recall]):
        assert bool((rates[..., population][~when] == 0).all())
        assert abs(float(rates[..., population][when].mean()) - 0.1) < 0.005


def test_held_out_trials_stay_and_those_of_training_change():
    task = StoreRecallTask(trials=10, held_out=7, periods=3)
    for split, number in (("train", 10), ("validation", 7), ("test", 7)):
        sizes = [batch.size for batch in task.batches(split, 4)]
        assert sum(sizes) == number and max(sizes) == 4
    generator = torch.Generator().manual_seed(0)

    def spikes(split):
        return next(task.batches(split, 4, generator)).inputs["stimulus"]

    assert torch.equal(spikes("validation"), spikes("validation"))
    assert not torch.equal(spikes("validation"), spikes("test"))
    assert not torch.equal(spikes("train"), spikes("train"))


def test_the_error_of_right_and_wrong_answers():
    task = StoreRecallTask()
    batch = first_batch(task)
    bits = torch.nn.functional.one_hot(batch.targets.bits, 2).double()
    for sign, error in ((1, 0.0), (-1, 1.0)):
        record = {KEY: (sign * 50 * bits).repeat_interleave(200, dim=0).requires_grad_()}
        assert task.metrics(record, batch.targets)["error"].value == error
        loss = task.loss(record, batch.targets)
        assert float(loss.detach()) == pytest.approx(50 * error, abs=1e-6)
        loss.backward()


def test_a_picture_of_a_trial():
    matplotlib.use("Agg")
    from matplotlib import pyplot

    task = StoreRecallTask(periods=4)
    batch, (figure, axes) = first_batch(task), pyplot.subplots()
    task.draw(axes, batch, trial=2)
    assert [text.get_text()[-1] for text in axes.texts] == [
        str(int(bit)) for bit in batch.targets.bits[:, 2]
    ]
    pyplot.close(figure)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"inputs": 30}, "multiple of 4"),
        ({"probability": 0.0}, "above 0"),
        ({"rate": 2000 * Hz}, "more than one spike"),
        ({"period": 3}, "period"),
        ({"periods": 0}, "periods"),
    ],
)
def test_what_is_not_valid(options, message):
    with pytest.raises(TrainingError, match=message):
        StoreRecallTask(**options)


def test_it_is_a_task_whose_trials_last_their_periods():
    task = StoreRecallTask(period=100 * ms, dt=2 * ms, periods=5)
    assert task.steps == 50 and abs(float(task.duration) - 0.5) < 1e-12
    assert len(first_batch(task).inputs["stimulus"]) == 250
