"""Evaluation: right averages, and no trace left behind."""

import random

import numpy as np
import pytest
import torch

from brian2_l2l.errors import TrainingError
from brian2_l2l.training import Average, Batch, evaluate, run_batch
from brian2_l2l.training.metrics import as_average, pool
from tests.training.standin import StandIn, hidden_rate, make_task


def test_averages_do_not_depend_on_the_batch_size():
    mirror, task = StandIn(), make_task(test=30)
    assert 5 < hidden_rate(mirror, task) < 250
    whole = evaluate(mirror, task, "test", batch_size=30)
    assert 0 < whole["accuracy"] < 1
    for batch_size in (1, 7, 16):
        assert evaluate(mirror, task, "test", batch_size) == pytest.approx(whole)


def test_the_batch_size_of_the_mirror_is_the_default():
    mirror = StandIn(batch_size=16)
    evaluate(mirror, make_task(test=30), "test")
    assert [run["batch"] for run in mirror.runs] == [16, 14]


def test_nothing_is_left_behind():
    mirror, task = StandIn(noise=0.1), make_task()
    states = [random.getstate(), np.random.get_state()[1].copy(), torch.get_rng_state()]
    first = evaluate(mirror, task, "test")
    assert first == evaluate(mirror, task, "test")
    assert random.getstate() == states[0]
    assert np.array_equal(np.random.get_state()[1], states[1])
    assert torch.equal(torch.get_rng_state(), states[2])
    assert all(parameter.grad is None for parameter in mirror.parameters())
    assert not any(run["training"] for run in mirror.runs)
    assert mirror.training


def test_all_is_restored_after_an_error():
    class Failing(StandIn):
        def run(self, duration, **arguments):
            torch.randn(())
            raise ZeroDivisionError

    mirror, state = Failing(), torch.get_rng_state()
    with pytest.raises(ZeroDivisionError):
        evaluate(mirror, make_task(), "test")
    assert mirror.training
    assert torch.equal(torch.get_rng_state(), state)


def test_bad_splits_are_named():
    with pytest.raises(TrainingError, match="no split 'tests'"):
        evaluate(StandIn(), make_task(), "tests")
    with pytest.raises(TrainingError, match="is not a task, it lacks duration, record"):
        evaluate(StandIn(), object(), "test")


def test_a_split_without_batches_is_an_error():
    class Empty:
        duration, record, splits, loss, metrics = None, [], ["train"], None, None

        def batches(self, split, batch_size, generator=None):
            return iter(())

    with pytest.raises(TrainingError, match="'train' of the task gave no batch"):
        evaluate(StandIn(), Empty(), "train")


def test_a_key_is_recorded_once_whether_by_object_or_by_name():
    class Group:
        name = "readout"

    mirror, task = StandIn(), make_task()
    (batch,) = task.batches("test", 30)
    run_batch(mirror, task, batch, more=[(Group(), "y"), ("hidden", "spikes")])
    assert mirror.runs[0]["record"] == [("readout", "y"), ("hidden", "spikes")]


def test_start_values_are_passed_on_only_when_there_are_some():
    class Notes(StandIn):
        def run(self, duration, **arguments):
            self.arguments = arguments
            return super().run(duration, **arguments)

    mirror, task = Notes(), make_task()
    (batch,) = task.batches("test", 30)
    run_batch(mirror, task, batch)
    assert "initial" not in mirror.arguments
    initial = {("hidden", "v"): torch.zeros(30, 20)}
    run_batch(mirror, task, Batch(batch.inputs, batch.targets, initial))
    assert mirror.arguments["initial"] is initial


def test_averages_are_pooled():
    assert as_average(0.5, 4) == Average(2.0, 4)
    assert as_average(torch.tensor(0.5), 4) == Average(2.0, 4)
    assert as_average(Average(3, 5), 4) == Average(3.0, 5.0)
    pooled = pool([{"a": Average(1, 2)}, {"a": Average(5, 6), "b": Average(0, 1)}])
    assert pooled == {"a": Average(6, 8), "b": Average(0, 1)}
    assert pooled["a"].value == 0.75
    assert np.isnan(Average(0, 0).value)
