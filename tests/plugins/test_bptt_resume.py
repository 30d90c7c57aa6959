"""Training from a checkpoint equals training without a stop, bit for bit."""

import os
import signal

import pytest
import torch
from brian2 import Hz, ms

from brian2_l2l.errors import TrainingError
from brian2_l2l.training import train
from brian2_l2l_plugins.bptt import bptt
from tests.training.standin import StandIn, caught_logs, hidden_rate, make_task, same_state, texts

FULL = {
    "optimiser": "Adam",
    "learning_rate": 0.01,
    "schedule": "StepLR",
    "schedule_options": {"step_size": 3, "gamma": 0.7},
    "clip_gradient": 0.05,
    "rate_groups": ["hidden"],
    "rate_target": 20 * Hz,
    "rate_weight": 0.1 * ms**2,
    "evaluate_every": 3,
    "restore_best": True,
    "seed": 7,
}


class Rewiring:
    """Drops the weakest weight now and then, and remembers how often it was asked."""

    def __init__(self, mirror, optimiser, every=2):
        self.mirror, self.optimiser, self.every, self.steps = mirror, optimiser, every, 0

    def step(self):
        self.steps += 1
        if self.steps % self.every == 0:
            with torch.no_grad():
                weights = self.mirror.w_in.view(-1)
                weights[torch.randint(len(weights), ())] = 0.0

    def state_dict(self):
        return {"steps": self.steps}

    def load_state_dict(self, state):
        self.steps = state["steps"]


@pytest.fixture
def interruptible():
    """Ctrl-C raises KeyboardInterrupt here, whatever runs the tests."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def press_ctrl_c():
    os.kill(os.getpid(), signal.SIGINT)


class InterruptedTask:
    """A task during whose n-th loss somebody presses Ctrl-C."""

    def __init__(self, task, n):
        self._task, self._left = task, n

    def __getattr__(self, name):
        return getattr(self._task, name)

    def loss(self, record, targets):
        self._left -= 1
        if self._left == 0:
            press_ctrl_c()
        return self._task.loss(record, targets)


# Four batches make an epoch: 4 and 8 are at its end, the others in its middle.
@pytest.mark.parametrize("interrupted_at", [1, 3, 4, 6, 8, 10])
def test_resuming_is_bit_for_bit_the_same(tmp_path, interrupted_at):
    task, checkpoint = make_task(), tmp_path / "run.checkpoint"

    def run(mirror, report=None, **options):
        return train(mirror, task, bptt, Rewiring, report=report, iterations=11, **FULL, **options)

    straight = StandIn(noise=0.05)
    wanted = run(straight)
    assert 5 < hidden_rate(straight, task) < 300

    def interrupt(elapsed, completed, row):
        if row["iteration"] == interrupted_at:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(StandIn(noise=0.05), report=interrupt, checkpoint=checkpoint)
    torch.manual_seed(99)
    resumed = StandIn(noise=0.05, seed=99)
    assert not same_state(resumed, straight)
    result = run(resumed, checkpoint=checkpoint, resume=True)
    assert same_state(resumed, straight)
    assert result == wanted


@pytest.mark.parametrize(
    "changed",
    [
        {"optimiser": "SGD", "optimiser_options": {"momentum": 0.9}},
        {"optimiser": "RMSprop"},
        {"optimiser": "AdamW", "optimiser_options": {"betas": (0.8, 0.9), "amsgrad": True}},
        {"schedule": "OneCycleLR", "schedule_options": {"max_lr": 0.05, "total_steps": 20}},
        {"schedule": "MultiStepLR", "schedule_options": {"milestones": [2, 6], "gamma": 0.1}},
        {"schedule": "CosineAnnealingLR", "schedule_options": {"T_max": 11}},
        {"schedule": "LambdaLR", "schedule_options": {"lr_lambda": lambda step: 0.9**step}},
        {
            "schedule": "CyclicLR",
            "schedule_options": {"base_lr": 0.001, "max_lr": 0.1, "cycle_momentum": False},
        },
        {"schedule": None, "schedule_options": None, "clip_gradient": None, "rate_weight": None},
    ],
)
def test_every_optimiser_and_schedule_resumes(tmp_path, changed):
    task, options = make_task(), {**FULL, **changed, "checkpoint": tmp_path / "run.checkpoint"}
    straight, resumed = StandIn(), StandIn()
    wanted = bptt(straight, task, iterations=9, **{**options, "checkpoint": None})
    bptt(StandIn(), task, iterations=6, **options)
    assert bptt(resumed, task, iterations=9, resume=True, **options) == wanted
    assert same_state(resumed, straight)


def test_ctrl_c_in_the_middle_of_an_iteration(tmp_path, interruptible):
    task, options = make_task(), {**FULL, "iterations": 11, "checkpoint": tmp_path / "a"}
    straight, resumed = StandIn(noise=0.05), StandIn()
    wanted = bptt(straight, task, **{**options, "checkpoint": tmp_path / "b"})
    with caught_logs() as log, pytest.raises(KeyboardInterrupt):
        bptt(StandIn(noise=0.05), InterruptedTask(task, 8), **options)
    assert any("resume=True" in message and "/a" in message for message in texts(log))
    resumed.noise = 0.05
    assert bptt(resumed, task, resume=True, **options) == wanted
    assert same_state(resumed, straight)


def test_ctrl_c_during_the_update_waits_for_its_end(tmp_path, interruptible):
    task, options = make_task(), {**FULL, "iterations": 11, "checkpoint": tmp_path / "a"}
    straight, resumed = StandIn(), StandIn()

    class Pressing(Rewiring):
        def step(self):
            if self.steps == 5:
                press_ctrl_c()
            super().step()

    wanted = bptt(straight, task, rewiring=Rewiring, **{**options, "checkpoint": None})
    with caught_logs() as log, pytest.raises(KeyboardInterrupt):
        bptt(StandIn(), task, rewiring=Pressing, **options)
    assert any("after iteration 6" in message for message in texts(log))
    assert bptt(resumed, task, rewiring=Pressing, resume=True, **options) == wanted
    assert same_state(resumed, straight)


def test_ctrl_c_without_a_checkpoint_says_so():
    def interrupt(elapsed, completed, row):
        raise KeyboardInterrupt

    with caught_logs() as log, pytest.raises(KeyboardInterrupt):
        bptt(StandIn(), make_task(), iterations=3, report=interrupt)
    assert any("Nothing was saved" in message for message in texts(log))


def test_other_options_of_the_rewiring_cannot_resume(tmp_path):
    task, options = make_task(), {**FULL, "iterations": 2, "checkpoint": tmp_path / "a"}
    train(StandIn(), task, bptt, Rewiring, {"every": 2}, report=None, **options)
    with pytest.raises(TrainingError, match="rewiring is Rewiring with {every: 3.0} and was"):
        train(StandIn(), task, bptt, Rewiring, {"every": 3}, report=None, resume=True, **options)
