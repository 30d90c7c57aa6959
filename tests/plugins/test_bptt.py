"""Backpropagation through time: it learns, regularises, stops and guards."""

import pytest
import torch
from brian2 import Hz, second

from brian2_l2l.errors import TrainingError
from brian2_l2l.training import evaluate, train
from brian2_l2l_plugins.bptt import bptt
from tests.training.standin import StandIn, caught_logs, hidden_rate, make_task, same_state, texts


def test_it_learns():
    mirror, task = StandIn(), make_task(train=150, test=100)
    assert 5 < hidden_rate(mirror, task) < 300
    before = evaluate(mirror, task, "test")
    result = train(mirror, task, "bptt", report=None, epochs=15, learning_rate=0.02, seed=1)
    after = evaluate(mirror, task, "test")
    assert 5 < hidden_rate(mirror, task) < 300
    assert before["accuracy"] < 0.6
    assert after["accuracy"] >= 0.95
    assert after["loss"] < before["loss"]
    assert result.stopped_by == "epochs"
    assert result.iterations == len(result.history) == 15 * 10
    assert result.history[-1]["epoch"] == 15
    iterations, accuracy = result.curve("validation_accuracy")
    assert list(iterations) == list(range(10, 151, 10))
    assert accuracy[-1] == evaluate(mirror, task, "validation")["accuracy"]


def test_one_step_equals_torch():
    task, options = make_task(train=16), {"report": None, "iterations": 1, "seed": 3}
    mirror, by_hand = StandIn(), StandIn()
    bptt(mirror, task, optimiser="SGD", learning_rate=0.1, **options)

    inputs, targets = task.examples["train"].inputs, task.examples["train"].targets
    record = by_hand.run(task.duration, inputs=inputs, record=[("readout", "y")])
    task.loss(record, targets).backward()
    assert by_hand.w_in.grad.abs().max() > 0
    for trained, parameter in zip(mirror.parameters(), by_hand.parameters(), strict=True):
        torch.testing.assert_close(trained, parameter - 0.1 * parameter.grad)


def test_the_gradient_is_clipped():
    task = make_task(train=16)
    mirror, before = StandIn(), StandIn()
    options = {"iterations": 1, "optimiser": "SGD", "learning_rate": 1.0, "seed": 3}
    result = bptt(mirror, task, clip_gradient=0.01, **options)
    assert result.history[0]["gradient_norm"] > 0.02
    step = torch.cat([(a - b).flatten() for a, b in zip(*_parameters(mirror, before), strict=True)])
    assert float(step.norm()) == pytest.approx(0.01, rel=1e-3)


def _parameters(*mirrors):
    return [[parameter.detach() for parameter in mirror.parameters()] for mirror in mirrors]


def test_the_rate_regulariser_moves_the_rate_to_its_target():
    mirror, task = StandIn(), make_task()
    before = hidden_rate(mirror, task)
    result = bptt(
        mirror,
        task,
        iterations=150,
        learning_rate=0.01,
        rate_groups="hidden",
        rate_target=40 * Hz,
        rate_weight=1e-3 * second**2,
        seed=1,
    )
    assert before > 80
    assert hidden_rate(mirror, task) == pytest.approx(40, abs=10)
    first, last = result.history[0], result.history[-1]
    assert last["rate_penalty"] < 0.1 * first["rate_penalty"]
    assert last["rate_hidden"] < first["rate_hidden"]


def test_a_group_is_recorded_once_with_the_task():
    mirror = StandIn()
    task = make_task()
    bptt(mirror, task, iterations=1, rate_groups=["hidden"])
    assert mirror.runs[0]["record"] == [("hidden", "spikes", "sum"), ("readout", "y")]


def test_the_schedule_changes_the_learning_rate():
    options = {"schedule": "StepLR", "schedule_options": {"step_size": 3, "gamma": 0.7}}
    result = bptt(StandIn(), make_task(), iterations=7, learning_rate=0.01, **options)
    wanted = [0.01 * 0.7 ** (i // 3) for i in range(7)]
    assert [row["learning_rate"] for row in result.history] == pytest.approx(wanted)


def test_early_stopping_and_the_best_parameters(tmp_path):
    task, mirror = make_task(), StandIn()
    result = bptt(
        mirror,
        task,
        epochs=100,
        learning_rate=0.003,
        early_stopping="validation_accuracy",
        patience=2,
        restore_best=True,
        checkpoint=tmp_path / "run.checkpoint",
        seed=2,
    )
    iterations, values = result.curve("validation_accuracy")
    assert result.stopped_by == "early_stopping"
    assert 3 < len(values) < 100
    assert result.best == max(values) == values[-3] > max(values[:-3])
    assert result.best_iteration == iterations[-3]
    at_best = evaluate(mirror, task, "validation")
    assert at_best["accuracy"] == result.best
    assert at_best["loss"] == result.curve("validation_loss")[1][-3]


@pytest.mark.parametrize("poison", ["w_in", "w_out"])
def test_a_loss_that_is_not_finite_names_the_parameters(poison):
    mirror = StandIn()
    with torch.no_grad():
        getattr(mirror, poison)[0] = float("nan")
    with pytest.raises(
        TrainingError, match=f"iteration 1.*values that are not finite: {poison}\\."
    ):
        bptt(mirror, make_task(), iterations=3)


def test_a_gradient_that_is_not_finite_changes_nothing():
    mirror, before = StandIn(), StandIn()
    mirror.w_out.register_hook(lambda gradient: gradient * float("nan"))
    with pytest.raises(TrainingError, match="gradient is not finite in iteration 1 for: w_out"):
        bptt(mirror, make_task(), iterations=3)
    assert same_state(mirror, before)


@pytest.mark.parametrize(("weight", "state"), [(0.0, "silent"), (100.0, "saturated")])
def test_silent_and_saturated_groups_give_one_warning(weight, state):
    mirror, task = StandIn(), make_task()
    with torch.no_grad():
        mirror.w_in.fill_(weight)
    with caught_logs() as log:
        bptt(mirror, task, iterations=4, rate_groups=["hidden"])
    found = [message for message in texts(log) if f"'hidden' is {state}" in message]
    assert len(found) == 1


def test_an_active_group_gives_no_warning():
    with caught_logs() as log:
        bptt(StandIn(), make_task(), iterations=4, rate_groups=["hidden"])
    assert log == []


def test_a_mirror_without_trainables_is_refused():
    mirror = StandIn().requires_grad_(False)
    with pytest.raises(TrainingError, match="nothing to train.*trainable="):
        bptt(mirror, make_task(), iterations=1)
