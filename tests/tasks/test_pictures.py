"""MNIST at once: the spikes of the inputs are the grey values."""

import matplotlib
import pytest
import torch
from brian2 import Hz, ms

from brian2_l2l.errors import TrainingError
from brian2_l2l.tasks import load_mnist, pictures_mnist, regular_spikes
from tests.mnist import write_small


@pytest.fixture
def folder(tmp_path, rng, monkeypatch):
    write_small(tmp_path, rng, monkeypatch)
    return tmp_path


def test_regular_spikes_are_evenly_spaced(seed):
    rates = torch.rand((1, 5, 40), generator=torch.Generator().manual_seed(seed))
    spikes = regular_spikes(rates, 200)
    assert spikes.shape == (200, 5, 40)
    assert (spikes.sum(0) - 200 * rates[0]).abs().max() <= 1
    for trial in range(5):
        for neuron in range(40):
            gaps = spikes[:, trial, neuron].nonzero()[:, 0].diff()
            assert len(gaps) < 2 or gaps.max() - gaps.min() <= 1


def test_neurons_of_one_rate_do_not_spike_together():
    counts = regular_spikes(torch.full((1, 1, 100), 0.1), 50)[:, 0].sum(1)
    assert counts.min() >= 8 and counts.max() <= 12


def test_inputs_spike_as_often_as_their_pixel_is_dark(folder):
    task = pictures_mnist(folder, duration=40 * ms, rate=500 * Hz, validation_size=10)
    assert task.splits == ("train", "validation", "test") and task.duration == 40 * ms
    batch = next(task.batches("train", 12))
    spikes = batch.inputs["stimulus"]
    assert spikes.shape == (40, 12, 784) and spikes.dtype == torch.bool
    pixels = torch.tensor(load_mnist(folder).pixels[:12]).flatten(1).double()
    assert (spikes.sum(0) - 20 * pixels / 255).abs().max() <= 1 + 1e-6
    assert torch.equal(spikes, regular_spikes(0.5 * pixels[None] / 255, 40))
    assert 0 < spikes.double().mean() < 0.5


def test_a_digit_can_be_drawn(folder):
    matplotlib.use("agg")
    from matplotlib import pyplot

    task = pictures_mnist(folder, validation_size=10)
    figure, axes = pyplot.subplots()
    task.draw(axes, next(task.batches("test", 3)), trial=2)
    figure.canvas.draw()
    assert axes.images[0].get_array().shape == (28, 28)
    pyplot.close(figure)


def test_what_is_not_valid(folder):
    with pytest.raises(TrainingError, match="at most one spike"):
        pictures_mnist(folder, rate=2000 * Hz, validation_size=10)
    with pytest.raises(TrainingError, match="shorter than a time step"):
        pictures_mnist(folder, duration=0.1 * ms, validation_size=10)
    with pytest.raises(TrainingError, match="validation_size=40 must be from 0 to 39"):
        pictures_mnist(folder, validation_size=40)
