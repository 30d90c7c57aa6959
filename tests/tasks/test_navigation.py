"""Navigation: what the network sees, that its episodes can be repeated, and their scores."""

import pytest
import torch
from brian2 import Hz, ms

from brian2_l2l.errors import TrainingError
from brian2_l2l.tasks import Arena, NavigationTask, PlaceCode
from brian2_l2l.training import evaluate, run_batch, train
from tests.mirror.fused.compilers import needs_compiler
from tests.tasks.navigators import small_task, smooth_mirror, spiking_mirror


def first_batch(task, split="train", size=8, seed=3):
    return next(task.batches(split, size, torch.Generator().manual_seed(seed)))


def test_place_cells_show_the_place_and_populations_the_goal_and_the_wall():
    arena = Arena()
    code = PlaceCode(rate=300 * Hz, spacing=0.25, width=0.2, signal_cells=7)
    cells = code.places
    assert len(cells) == 49 and code.inputs == 49 + 2 * 7
    assert float(cells.norm(dim=-1).max()) == 1
    goals = torch.tensor([[0.6, 0.0], [0.6, 0.0], [0.0, 0.6]])
    walkers = arena.start(goals)
    for actions in ([[0, 0], [5, 0], [-5, 0]],) * 10:
        walkers = arena.move(walkers, torch.tensor(actions))
        if walkers.at_goal[1]:
            break
    assert torch.equal(walkers.at_goal, torch.tensor([False, True, False]))
    rates = code.rates(walkers)
    assert rates.shape == (3, 63) and float(rates.max()) <= 300
    assert rates[:, :49].argmax(dim=-1)[0] == int(cells.norm(dim=-1).argmin())
    distance = (cells - walkers.position[1]).norm(dim=-1)
    torch.testing.assert_close(rates[1, :49], 300 * torch.exp(-0.5 * (distance / 0.2) ** 2))
    assert bool((rates[1, 49:56] == 300).all()) and not rates[[0, 2], 49:].any()
    while not walkers.at_wall[2]:
        walkers = arena.move(walkers, torch.tensor(actions))
    assert bool((code.rates(walkers)[2, 56:] == 300).all())


def test_inputs_spike_at_their_rates(seed):
    task = NavigationTask(step_duration=400 * ms)
    walkers = task.arena.start(torch.tensor([[0.6, 0.0]]).expand(50, 2))
    spikes = task.encode(walkers, torch.Generator().manual_seed(seed))
    assert spikes.shape == (400, 50, task.code.inputs) and spikes.dtype == torch.bool
    probability = task.code.rates(walkers)[0] / 1000
    deviation = (probability * (1 - probability) / 20000).sqrt()
    assert bool(((spikes.double().mean(dim=(0, 1)) - probability).abs() <= 6 * deviation).all())


FUSED = pytest.param("fused", torch.float32, marks=needs_compiler)


@pytest.mark.parametrize(
    ("lowering", "dtype"), [("plain", torch.float32), ("plain", torch.float64), FUSED]
)
def test_one_run_with_the_inputs_of_an_episode_repeats_it(lowering, dtype, rng):
    task = small_task()
    mirror = spiking_mirror(task, rng, lowering=lowering, dtype=dtype)
    episodes = task.run(mirror, first_batch(task))
    assert episodes.readouts.shape == (12, 8, 3) and not episodes.readouts.requires_grad
    keys = [("readout", "y"), ("hidden", "spikes", "mean")]
    record = mirror.run(task.duration, inputs=episodes.inputs, record=keys)
    assert torch.equal(task.decisions(record), episodes.readouts)
    assert task.decisions(record).requires_grad
    assert 0.01 < float(record[keys[1]].detach().mean()) < 0.4


def test_actions_of_walkers_that_are_held_do_nothing(rng):
    task = small_task(Arena(goal_radius=0.49, stay=1, rest=2), shortest_rest=2, steps=30)
    episodes = task.run(smooth_mirror(task, rng), first_batch(task, size=32))
    moved = episodes.paths.positions.diff(dim=0)
    wanted = task.arena.step * episodes.actions.double()
    inside = episodes.paths.positions[1:].norm(dim=-1) < 1 - 1e-9
    free = episodes.free
    assert bool(free[0].all()) and 20 < int((~free).sum())
    torch.testing.assert_close(moved[free & inside], wanted[free & inside])
    assert not bool((moved == wanted).all(dim=-1)[~free].any())
    # A hit is followed by as many such steps.
    after = episodes.paths.hits[:-3]
    for later in (1, 2, 3):
        assert not bool(free[later : len(after) + later][after].any())


def test_the_network_goes_where_it_decides(rng):
    task = small_task()
    mirror = smooth_mirror(task, rng)
    with torch.no_grad():
        for parameter in mirror.parameters():
            parameter.mul_(1000)
    episodes = task.run(mirror, first_batch(task))
    sure = episodes.readouts[..., :2].norm(dim=-1) > 100
    assert 10 < int(sure.sum())
    means = torch.nn.functional.normalize(episodes.readouts[..., :2], dim=-1)
    assert float((means * episodes.actions).sum(dim=-1)[sure].min()) > 0.9
    # The first step leads away from the centre by the length of a step.
    moved = episodes.paths.positions[1] / task.arena.step
    torch.testing.assert_close(moved, episodes.actions[0], rtol=1e-6, atol=1e-6)


def test_episodes_are_repeatable_and_those_of_training_change(rng):
    task = small_task()
    mirror = spiking_mirror(task, rng)
    for split, number in (("train", 32), ("validation", 10), ("test", 10)):
        assert sum(batch.size for batch in task.batches(split, 7)) == number
    one, other = first_batch(task), first_batch(task)
    first = task.run(mirror, one)
    assert torch.equal(first.actions, task.run(mirror, other).actions)
    assert not torch.equal(first.actions, task.run(mirror, first_batch(task, seed=4)).actions)
    generator = torch.Generator().manual_seed(0)
    places = [next(task.batches("train", 4, generator)).targets.places for _ in range(2)]
    assert not torch.equal(*places)
    held_out = [next(task.batches("test", 4, generator)).targets.places for _ in range(2)]
    assert torch.equal(*held_out)


def test_training_begins_with_short_rests():
    task = small_task(Arena(rest=3), trials=192, easy_trials=100, shortest_rest=2)
    for _ in range(2):
        rests = [set(batch.targets.rest.tolist()) for batch in task.batches("train", 64)]
        assert rests == [{2}, {2}, {2, 3}]
    assert {int(rest) for batch in task.batches("test", 7) for rest in batch.targets.rest} == {2, 3}


def test_it_is_evaluated_as_every_task_is(rng):
    task = small_task(Arena(goal_radius=0.45, stay=0, rest=1))
    mirror = spiking_mirror(task, rng)
    scores = evaluate(mirror, task, "test")
    assert scores.keys() == {"loss", *("goals", "found", "first_hit", "detour", "walked_detour")}
    paths = [run_batch(mirror, task, batch).paths for batch in task.batches("test", 8)]
    hits = sum(int(path.hits.sum()) for path in paths)
    assert scores["goals"] == hits / 10 and hits > 0
    walls = sum(int((path.positions[1:].norm(dim=-1) > 1 - 1e-9).sum()) for path in paths)
    assert scores["loss"] == pytest.approx(-(hits - 0.02 * walls) / 10)


def test_trainers_that_need_a_record_are_refused(rng):
    task = small_task()
    mirror = spiking_mirror(task, rng)
    with pytest.raises(TrainingError, match="learns from rewards"):
        train(mirror, task, "bptt", iterations=1, rate_groups=["hidden"], report=None)
    with pytest.raises(TrainingError, match="not depend on any trainable"):
        train(mirror, task, "bptt", iterations=1, report=None)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"steps": 0}, "steps"),
        ({"shortest_rest": 0}, "shortest_rest"),
        ({"shortest_rest": 11}, "at most the rest of the arena, 10"),
        ({"code": PlaceCode(rate=2000 * Hz)}, "more than one spike"),
        ({"step_duration": 0.2 * ms}, "shorter than dt"),
        ({"step_duration": 3}, "step_duration"),
    ],
)
def test_what_is_not_valid(options, message):
    with pytest.raises(TrainingError, match=message):
        NavigationTask(**options)


@pytest.mark.parametrize(
    "options", [{"spacing": 0}, {"width": -1.0}, {"signal_cells": 0}, {"rate": 3}]
)
def test_what_a_code_cannot_be(options):
    with pytest.raises(TrainingError, match=next(iter(options))):
        PlaceCode(**options)
