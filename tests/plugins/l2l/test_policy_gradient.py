"""Policy gradients: advantages, the gradient, learning, and an exact resume."""

import numpy as np
import pytest
import torch
from brian2 import Hz, second

from brian2_l2l.errors import TrainingError
from brian2_l2l.tasks import Directions
from brian2_l2l.training import evaluate, train
from brian2_l2l_plugins.l2l.reinforcement import policy_gradient
from brian2_l2l_plugins.l2l.reinforcement.advantages import estimate_advantages
from brian2_l2l_plugins.l2l.reinforcement.objective import Experience, Objective
from tests.tasks.navigators import OneGoal, small_task, smooth_mirror, spiking_mirror
from tests.training.standin import StandIn, make_task, same_state


def first_batch(task, seed=3):
    return next(task.batches("train", 8, torch.Generator().manual_seed(seed)))


@pytest.mark.parametrize(("discount", "trace"), [(0.9, 0.8), (1.0, 1.0), (0.95, 0.0)])
def test_advantages_are_the_weighted_sums_of_errors(discount, trace, rng):
    rewards, values = torch.from_numpy(rng.normal(size=(2, 6, 3)))
    advantages = estimate_advantages(rewards, values, discount, trace)
    assert advantages.shape == (5, 3)
    for step in range(5):
        wanted = sum(
            (discount * trace) ** (k - step) * (rewards[k] + discount * values[k + 1] - values[k])
            for k in range(step, 5)
        )
        torch.testing.assert_close(advantages[step], wanted)
    if trace == 1:
        to_come = rewards[:-1].sum(dim=0) + values[-1] - values[0]
        torch.testing.assert_close(advantages[0], to_come)


def test_the_gradient_of_the_first_update_is_that_of_the_policy(rng):
    """The gradient is the mean of the advantages times the gradients of log-probabilities."""
    task = small_task(OneGoal(goal_radius=0.49, stay=1, rest=2))
    mirror = smooth_mirror(task, rng, dtype=torch.float64)
    episodes = task.run(mirror, first_batch(task))
    objective = Objective(value_weight=0.0, entropy_weight=0.0)
    experience = objective.judge(task, episodes)
    free = episodes.free[:-1]
    assert 0.1 < float(free.double().mean()) < 1
    assert float(experience.advantages[free].std()) == pytest.approx(1)

    def readouts():
        record = mirror.run(task.duration, inputs=episodes.inputs, record=[("readout", "y")])
        return task.decisions(record)

    (weights,) = mirror.parameters()
    loss, _ = objective.loss(task, readouts(), experience)
    (found,) = torch.autograd.grad(loss, weights)
    policy = Directions(readouts()[:-1, :, :2])
    score = policy.log_probability(experience.actions) * experience.advantages
    (wanted,) = torch.autograd.grad(-score[free].mean(), weights)
    assert float(wanted.abs().max()) > 1e-4
    torch.testing.assert_close(found, wanted)


def test_the_gradient_of_the_whole_loss_is_its_slope(rng):
    task = small_task()
    mirror = smooth_mirror(task, rng, dtype=torch.float64)
    episodes = task.run(mirror, first_batch(task))
    objective = Objective(value_weight=0.7, entropy_weight=0.3)
    experience = objective.judge(task, episodes)
    (weights,) = mirror.parameters()
    # Away from the parameters that acted, so that some ratios are clipped.
    with torch.no_grad():
        weights.add_(torch.from_numpy(rng.normal(0, 0.05, weights.shape)))

    def loss():
        record = mirror.run(task.duration, inputs=episodes.inputs, record=[("readout", "y")])
        return objective.loss(task, task.decisions(record), experience)[0]

    (gradient,) = torch.autograd.grad(loss(), weights)
    for _ in range(3):
        direction = torch.from_numpy(rng.normal(size=weights.shape))
        values = []
        for size in (1e-5, -1e-5):
            with torch.no_grad():
                weights.add_(size * direction)
                values.append(loss())
                weights.sub_(size * direction)
        slope = float(values[0] - values[1]) / 2e-5
        assert slope == pytest.approx(float((gradient * direction).sum()), rel=1e-3, abs=1e-6)


def test_clipped_ratios_bring_nothing_more():
    class Task:
        @staticmethod
        def value(readouts):
            return readouts[..., 2]

        @staticmethod
        def policy(readouts):
            return Directions(readouts[..., :2])

    actions = torch.tensor([[[1.0, 0.0], [1.0, 0.0]]])
    readouts = torch.zeros(2, 2, 3, requires_grad=True)
    then = Directions(torch.zeros(1, 2, 2)).log_probability(actions)
    objective = Objective(value_weight=0.0, entropy_weight=0.0, clip_ratio=0.2)
    advantages = torch.tensor([[1.0, -1.0]])
    # The first has become 1.5 times as probable, the second 0.5 times; both went far enough.
    for change, slopes in (([1.5, 0.5], [0.0, 0.0]), ([0.5, 1.5], [-0.25, 0.75])):
        log_probabilities = then - torch.tensor([change]).log()
        changed = Experience(actions, log_probabilities, advantages, advantages, then < 0)
        loss, _ = objective.loss(Task, readouts, changed)
        (gradient,) = torch.autograd.grad(loss, readouts)
        torch.testing.assert_close(gradient[0, :, 0], torch.tensor(slopes))


def test_it_learns_to_go_to_a_goal(rng):
    task = small_task(OneGoal(stay=0, rest=1), trials=10**6, held_out=50)
    mirror = spiking_mirror(task, rng, batch_size=50)
    before = evaluate(mirror, task, "test")
    result = train(
        mirror,
        task,
        "policy_gradient",
        report=None,
        iterations=25,
        learning_rate=0.02,
        updates=3,
        rate_groups=["hidden"],
        rate_target=100 * Hz,
        rate_weight=1e-6 * second**2,
        seed=1,
    )
    after = evaluate(mirror, task, "test")
    assert before["goals"] < 0.7
    # The straight way takes three steps, and one back: three hits in twelve steps.
    assert 1.5 < after["goals"] <= 3
    columns = {"train_loss", "train_goals", "value_loss", "entropy", "rate_hidden", "learning_rate"}
    assert columns <= result.history[-1].keys()
    assert 5 < result.history[-1]["rate_hidden"] < 300
    assert result.history[-1]["entropy"] < result.history[0]["entropy"] <= np.log(2 * np.pi)


FULL = {
    "learning_rate": 0.01,
    "schedule": "StepLR",
    "schedule_options": {"step_size": 2, "gamma": 0.5},
    "clip_gradient": 0.5,
    "updates": 2,
    "evaluate_every": 2,
    "restore_best": True,
    "seed": 7,
}


@pytest.mark.parametrize("interrupted_at", [1, 4, 5])
def test_resuming_is_bit_for_bit_the_same(tmp_path, interrupted_at):
    # Four batches make an epoch.
    task, checkpoint = small_task(), tmp_path / "run.checkpoint"

    def made():
        return spiking_mirror(task, np.random.default_rng(0))

    def run(mirror, report=None, **options):
        return policy_gradient(mirror, task, report=report, iterations=6, **FULL, **options)

    straight = made()
    wanted = run(straight)
    assert wanted.history[0]["gradient_norm"] > 0
    rates = [row["learning_rate"] for row in wanted.history]
    assert rates == [0.01, 0.01, 0.005, 0.005, 0.0025, 0.0025]

    def interrupt(elapsed, completed, row):
        if row["iteration"] == interrupted_at:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(made(), report=interrupt, checkpoint=checkpoint)
    torch.manual_seed(99)
    resumed = made()
    assert not same_state(resumed, straight)
    assert _same(run(resumed, checkpoint=checkpoint, resume=True), wanted)
    assert same_state(resumed, straight)
    with pytest.raises(TrainingError, match="discount is 0.5 and was"):
        run(made(), checkpoint=checkpoint, resume=True, discount=0.5)


def _same(first, second):
    # A detour without a trip is not a number.
    return repr(first) == repr(second)


def test_a_network_with_noise_of_its_own_is_refused(rng):
    task = small_task()
    mirror = spiking_mirror(task, rng, equations="-v/(10*ms) + 0.1*xi/sqrt(ms)")
    with pytest.raises(TrainingError, match="does not do the same again"):
        policy_gradient(mirror, task, iterations=1)


def test_it_needs_a_task_in_which_the_network_acts():
    with pytest.raises(TrainingError, match="has no run, decisions, policy, value"):
        policy_gradient(StandIn(), make_task(), iterations=1)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"updates": 0}, "updates"),
        ({"discount": 1.5}, "discount"),
        ({"trace": -0.1}, "trace"),
        ({"clip_ratio": 0.0}, "clip_ratio"),
        ({"entropy_weight": -1.0}, "entropy_weight"),
        ({"discout": 0.9}, "Did you mean 'discount'"),
    ],
)
def test_what_is_not_valid(options, message, rng):
    task = small_task()
    with pytest.raises(TrainingError, match=message):
        policy_gradient(spiking_mirror(task, rng), task, iterations=1, **options)
