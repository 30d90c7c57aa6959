"""The arena: where walkers get to, what it brings, and the same rules as environments."""

import warnings

import gymnasium
import matplotlib
import numpy as np
import pytest
import torch
from gymnasium.utils.env_checker import check_env
from scipy import stats

from brian2_l2l.errors import TrainingError
from brian2_l2l.tasks import Arena, Directions, Paths, anywhere, to_the_goal

ID = "brian2_l2l.tasks.arena_env:brian2_l2l/Arena-v0"


def to(*points):
    return torch.tensor(points, dtype=torch.float64)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize(("stay", "rest"), [(0, 1), (0, 3), (2, 1), (2, 4)])
def test_a_walker_gets_the_reward_is_held_and_taken_back(stay, rest):
    arena = Arena(goal_radius=0.25, step=0.1, reward=2.0, stay=stay, rest=rest)
    walkers = arena.start(to((0.5, 0.0)))
    for step in (1, 2):
        walkers = arena.move(walkers, to((1, 0)))
        torch.testing.assert_close(walkers.position, to((0.1 * step, 0)))
        assert not walkers.at_goal and arena.rewards(walkers) == 0
    walkers = arena.move(walkers, to((1, 0)))
    assert walkers.at_goal and arena.rewards(walkers) == 2
    torch.testing.assert_close(walkers.position, to((0.3, 0)))
    for step in range(stay + rest):
        assert walkers.held == stay + rest - step
        walkers = arena.move(walkers, to((0, 1)))
        place = (0.3, 0) if step < stay else (0, 0)
        torch.testing.assert_close(walkers.position, to(place))
        assert bool(walkers.at_goal) == (step < stay) and arena.rewards(walkers) == 0
    assert walkers.held == 0
    assert arena.move(walkers, to((0, 1))).position[0, 1] == pytest.approx(0.1)


def test_the_wall_holds_and_costs():
    arena = Arena(wall_cost=0.3)
    walkers = arena.start(to((0.0, -0.6)))
    for _ in range(10):
        walkers = arena.move(walkers, to((0.6, 0.8)))
    for _ in range(3):
        assert walkers.at_wall and arena.rewards(walkers) == -0.3
        torch.testing.assert_close(walkers.position, to((0.6, 0.8)))
        walkers = arena.move(walkers, to((3, 4)))
    assert not arena.move(walkers, to((-1, 0))).at_wall


def test_steps_are_at_most_as_long_as_the_longest():
    arena = Arena(step=0.2)
    walkers = arena.move(arena.start(to((0.5, 0.5), (0.5, 0.5))), to((0, 0.5), (30, 40)))
    torch.testing.assert_close(walkers.position, to((0, 0.1), (0.12, 0.16)))


def test_goals_are_equally_dense_between_their_limits(seed):
    goals = Arena(nearest=0.5, farthest=0.8).draw_goals(4000, generator(seed))
    assert torch.equal(goals, Arena().draw_goals(4000, generator(seed)))
    distance, angle = goals.norm(dim=-1), torch.atan2(*goals.T)
    share = (distance**2 - 0.25) / (0.64 - 0.25)
    assert stats.kstest(share.numpy(), "uniform").pvalue > 1e-5
    assert stats.kstest((angle / (2 * torch.pi) + 0.5).numpy(), "uniform").pvalue > 1e-5


@pytest.mark.parametrize("concentration", [0.0, 1e-3, 0.5, 3.0, 200.0])
def test_directions_are_von_mises_distributed(concentration, seed):
    mean = np.arctan2(0.8, 0.6)
    directions = Directions(concentration * to((0.6, 0.8)).expand(5000, 2))
    sample = directions.sample(generator(seed))
    torch.testing.assert_close(sample.norm(dim=-1), torch.ones(5000, dtype=torch.float64))
    turns = torch.atan2(sample[:, 1], sample[:, 0]).numpy() - mean
    turns = np.angle(np.exp(1j * turns))
    known = stats.vonmises(max(concentration, 1e-9))
    assert stats.kstest(turns, known.cdf).pvalue > 1e-5
    np.testing.assert_allclose(directions.log_probability(sample), known.logpdf(turns), atol=1e-6)
    np.testing.assert_allclose(directions.entropy()[0], known.entropy(), atol=1e-6)


def test_the_gradients_of_directions(seed):
    drawn_from = generator(seed)
    means = torch.randn(5, 2, dtype=torch.float64, generator=drawn_from).requires_grad_()
    directions = Directions(means.detach()).sample(drawn_from)

    def functions(means):
        return Directions(means).log_probability(directions), Directions(means).entropy()

    assert torch.autograd.gradcheck(functions, means)
    none = torch.zeros(1, 2, requires_grad=True)
    Directions(none).log_probability(to((0, 1)).float()).sum().backward()
    assert torch.equal(none.grad, torch.tensor([[0.0, 1.0]]))


def test_the_scores_of_a_known_path():
    arena, steps = Arena(stay=1, rest=2), 16
    # There in 3 steps; back; there in 5 with a detour; back; 2 steps that do not arrive.
    plan = (
        [(1, 0)] * 3
        + [(0, 0)] * 3
        + [(0, 1), (0, -1)]
        + [(1, 0)] * 3
        + [(0, 0)] * 3
        + [(-1, 0)] * 2
    )
    moves = iter(plan)
    goals = to((0.55, 0.0), (-0.1, 0.55))
    paths = Paths.walked(arena, goals, steps, lambda walkers: to(next(moves)).expand(2, 2))
    assert paths.number.tolist() == [2, 0]
    scores = {name: score.value for name, score in paths.scores().items()}
    assert scores["goals"] == 1 and scores["found"] == 0.5 and scores["first_hit"] == 3
    assert scores["detour"] == pytest.approx(5 / 3)
    assert scores["walked_detour"] == pytest.approx(0.7 / 0.3)


def test_intervals_hold_the_mean_in_95_of_100_samples(seed):
    arena, drawn_from = Arena(goal_radius=0.45, stay=0, rest=1), generator(seed)

    def sample(number):
        goals = arena.draw_goals(number, drawn_from)
        return Paths.walked(arena, goals, 50, anywhere(drawn_from))

    truth = sample(10000).scores()
    found = [sample(200).intervals() for _ in range(100)]
    for name in ("goals", "found", "detour", "walked_detour"):
        intervals = np.array([one[name] for one in found])
        held = abs(intervals[:, 0] - truth[name].value) <= intervals[:, 1]
        # Detours are skewed: of 200 episodes 92 of 100 intervals hold the mean, of 100 fewer. With
        # a probability of 0.92 each, less than 80 of 100 have one of 4e-5.
        assert 0.8 <= np.mean(held) <= 1


def test_a_walker_that_knows_the_goal_is_the_bound():
    arena = Arena()
    goals = arena.draw_goals(200, generator())

    number = Paths.walked(arena, goals, 80, to_the_goal).number
    pause = arena.stay + arena.rest
    needed = torch.ceil(arena.straight(goals) / arena.step) + pause
    assert torch.equal(number, ((80 + pause) / needed).floor().long())
    assert 5 * Paths.walked(arena, goals, 80, anywhere(generator(1))).number.sum() < number.sum()


def test_a_picture_of_a_path():
    matplotlib.use("Agg")
    from matplotlib import pyplot

    arena, (_, axes) = Arena(stay=1, rest=1), pyplot.subplots()
    goals = to((0.0, 0.5))
    paths = Paths.walked(arena, goals, 11, lambda walkers: to((0, 1)))
    assert int(paths.number) == 2
    paths.draw(axes)
    ends = [line.get_ydata()[[0, -1]].tolist() for line in axes.lines[:3]]
    np.testing.assert_allclose(ends, [[0, 0.3], [0, 0.3], [0, 0.1]])
    pyplot.close("all")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"goal_radius": 0.0}, "goal_radius"),
        ({"nearest": 0.2}, "walkers start in the centre"),
        ({"farthest": 1.2}, "the arena has the radius 1"),
        ({"step": -1.0}, "step"),
        ({"stay": -1}, "stay"),
        ({"rest": 0}, "rest"),
        ({"wall_cost": -1.0}, "wall_cost"),
    ],
)
def test_what_is_not_valid(options, message):
    with pytest.raises(TrainingError, match=message):
        Arena(**options)


def test_the_environment_of_one_walker_passes_the_checks_of_gymnasium():
    environment = gymnasium.make(ID, goal_radius=0.2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(environment.unwrapped)
    assert environment.unwrapped.walker.arena.goal_radius == 0.2


def test_many_walkers_do_what_each_of_them_would_do_alone(rng):
    vector = gymnasium.make_vec(ID, num_envs=3, steps=30)
    goals = Arena().draw_goals(3, generator(int(rng.integers(2**31)))).numpy()
    alone = [gymnasium.make(ID, steps=30) for _ in range(3)]
    seen, _ = vector.reset(seed=0, options={"goals": goals})
    for k, environment in enumerate(alone):
        assert np.array_equal(environment.reset(options={"goal": goals[k]})[0], seen[k])
    for step in range(30):
        # Most ways lead to the goal.
        actions = (goals + rng.normal(0, 0.3, (3, 2))).clip(-1, 1).astype(np.float32)
        together = vector.step(actions)
        assert vector.observation_space.contains(together[0])
        for k, environment in enumerate(alone):
            own = environment.step(actions[k])
            assert np.array_equal(own[0], together[0][k])
            assert own[1:4] == tuple(part[k] for part in together[1:4])
        assert together[3].all() == (step == 29)
    assert vector.walkers.goal.numpy() == pytest.approx(goals)


def test_seeds_decide_the_goals_and_the_next_episode_begins_by_itself():
    vector = gymnasium.make_vec(ID, num_envs=4, steps=5)
    with pytest.raises(gymnasium.error.ResetNeeded):
        vector.step(np.zeros((4, 2)))
    goals = []
    for _ in range(2):
        vector.reset(seed=7)
        first = vector.walkers.goal
        for _ in range(5):
            vector.step(np.ones((4, 2), np.float32))
        seen, rewards, ends, over, _ = vector.step(np.ones((4, 2), np.float32))
        assert not seen.any() and not rewards.any() and not ends.any() and not over.any()
        goals.append((first, vector.walkers.goal))
    assert torch.equal(goals[0][0], goals[1][0]) and torch.equal(goals[0][1], goals[1][1])
    assert not torch.equal(*goals[0])
    with pytest.raises(TrainingError, match="shape"):
        vector.reset(options={"goals": np.zeros((3, 2))})
