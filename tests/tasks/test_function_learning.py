"""Learn a function within an episode: its values, how they are shown, and what is an error."""

import math

import matplotlib
import pytest
import torch
from brian2 import Hz, ms

from brian2_l2l.errors import TrainingError
from brian2_l2l.tasks import FunctionLearningTask, RandomNetworks, Sinusoids, population_code

KEY = ("readout", "y")


def generator(seed=3):
    return torch.Generator().manual_seed(seed)


def first_batch(task, split="train", size=16):
    return next(task.batches(split, size, generator()))


def test_a_population_shows_a_number_by_who_spikes_most(seed):
    values = 2 * torch.rand((5, 200), generator=generator(seed)) - 1
    spikes = population_code(values, 21, 100, 0.2).unflatten(0, (5, 100)).double()
    counts = spikes.sum(1)
    preferred = torch.linspace(-1, 1, 21, dtype=torch.float64)
    decoded = (counts * preferred).sum(-1) / counts.sum(-1)
    inside = values.abs() < 0.8
    assert (decoded - values)[inside].abs().max() < 0.02
    # The neuron that prefers the number spikes at the rate, and its spikes are evenly spaced.
    shown = population_code(torch.zeros(1, 1), 21, 100, 0.2)[:, 0, 10].nonzero()[:, 0]
    assert len(shown) == 20 and set(shown.diff().tolist()) == {5}


def test_a_population_goes_on_from_one_number_to_the_next():
    once = population_code(torch.full((1, 1), 0.3), 21, 60, 0.13)
    thrice = population_code(torch.full((3, 1), 0.3), 21, 20, 0.13)
    assert torch.equal(once, thrice)
    assert torch.equal(
        population_code(torch.tensor([[5.0]]), 21, 60, 0.13),
        population_code(torch.tensor([[1.0]]), 21, 60, 0.13),
    )


def test_random_networks_are_what_they_say(seed):
    family = RandomNetworks(weight=4.0, bias=2.0)
    x = 2 * torch.rand((400, 300, 2), generator=generator(seed)) - 1
    y = family.draw(x, generator(seed))
    assert 0.5 < float(y.var()) < 2
    # Little of the variance is of constants.
    assert float(y.var(0).mean()) > 0.4 * float(y.var())
    # The trials have different functions, and none of them is constant.
    assert float(y.var(0).min()) > 1e-3 and float(y.mean(0).std()) > 0.1
    same = family.draw(x[:1].expand(2, -1, -1), generator(seed))
    assert torch.equal(same[0], same[1])
    slope = family.draw(torch.tensor([[[0.0, 0.0]], [[1e-4, 0.0]]]), generator(seed))
    # ``4*10/4`` is the steepest that ten units with weights of 4 can be, before the division.
    assert abs(float(slope[1] - slope[0])) < 1e-4 * 10 / math.sqrt(2.05 / 3)


def test_sinusoids_are_what_they_say(seed):
    family = Sinusoids(cycles=1.0, smallest=0.5, largest=1.5)
    x = torch.linspace(-1, 1, 201, dtype=torch.float64)[:, None, None].expand(-1, 500, 1)
    y = family.draw(x, generator(seed))
    assert float((y[0] - y[-1]).abs().max()) < 1e-12
    amplitude = y.abs().amax(0)
    assert 0.499 < float(amplitude.min()) < 0.55 and 1.45 < float(amplitude.max()) <= 1.5
    # Half a period later the sign is the other one.
    assert float((y[:100] + y[100:200]).abs().max()) < 1e-12


def test_the_value_comes_with_the_example_after():
    task = FunctionLearningTask(Sinusoids(), examples=6, neurons=11)
    batch = first_batch(task)
    spikes = batch.inputs["stimulus"]
    assert spikes.shape == (120, 16, 22) and task.inputs == 22
    assert not spikes[:20, :, 11:].any()
    counts = spikes.unflatten(0, (6, 20)).double().sum(1)
    preferred = torch.linspace(-1, 1, 11, dtype=torch.float64)
    for population, wanted in (
        (counts[..., :11], batch.targets.x[..., 0]),
        (counts[1:, :, 11:], batch.targets.y[:-1] / task.span),
    ):
        decoded = (population * preferred).sum(-1) / population.sum(-1)
        inside = wanted.abs() < 0.8
        assert (decoded - wanted)[inside].abs().max() < 0.12


def test_the_prediction_is_the_mean_of_the_end():
    task = FunctionLearningTask(Sinusoids(), examples=10, read=5 * ms)
    batch = first_batch(task)
    output = torch.full((10, 20, 16), 1000.0)
    output[:, -5:] = batch.targets.y[:, None] + torch.linspace(-1, 1, 5)[None, :, None]
    record = {KEY: output.flatten(0, 1)[..., None]}
    assert float(task.loss(record, batch.targets)) < 1e-10
    record[KEY][-40:] += 0.5
    metrics = task.metrics(record, batch.targets)
    assert metrics["first_error"].value < 1e-10
    assert metrics["last_error"].value == pytest.approx(0.25, rel=1e-4)
    assert float(task.loss(record, batch.targets)) == pytest.approx(0.05, rel=1e-4)


def test_other_splits_have_the_same_episodes_each_time():
    task = FunctionLearningTask(examples=5, held_out=20)
    one, other = (list(task.batches("test", 12)) for _ in range(2))
    assert [batch.size for batch in one] == [12, 8]
    for first, second in zip(one, other, strict=True):
        assert torch.equal(first.inputs["stimulus"], second.inputs["stimulus"])
        assert torch.equal(first.targets.y, second.targets.y)
    fresh = first_batch(task)
    assert not torch.equal(fresh.targets.y[:, :12], one[0].targets.y)


def test_an_episode_can_be_drawn():
    matplotlib.use("agg")
    from matplotlib import pyplot

    task = FunctionLearningTask(examples=5)
    figure, axes = pyplot.subplots()
    task.draw(axes, first_batch(task), trial=2)
    figure.canvas.draw()
    assert len(axes.lines[0].get_xdata()) > 50
    pyplot.close(figure)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"examples": 4}, "examples=4 must be an integer of 5"),
        ({"read": 30 * ms}, "must be in the period"),
        ({"rate": 2000 * Hz}, "more than one spike"),
        ({"neurons": 0}, "neurons=0"),
    ],
)
def test_what_is_not_valid(options, message):
    with pytest.raises(TrainingError, match=message):
        FunctionLearningTask(**options)
