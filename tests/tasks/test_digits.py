"""The digits as a stimulus, and the example network that sees them."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from brian2 import DimensionMismatchError, SpikeMonitor, ms, second

from brian2_l2l.tasks.digits import digits, pixels, stimulus_values

EXAMPLE = Path(__file__).parents[2] / "examples" / "digits.py"


@pytest.fixture(scope="module")
def example():
    spec = importlib.util.spec_from_file_location("digits_example", EXAMPLE)
    module = importlib.util.module_from_spec(spec)
    # Dataclasses look their module up.
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


def test_split_is_stratified_and_complete():
    train_images, test_images, train_labels, test_labels = pixels(test_size=360, seed=3)
    assert train_images.shape == (1437, 8, 8)
    assert test_images.shape == (360, 8, 8)
    assert train_images.min() == 0 and train_images.max() == 1
    counts = np.bincount(test_labels, minlength=10)
    assert counts.min() >= 34 and counts.max() <= 37
    together = np.concatenate([train_images, test_images]).reshape(1797, -1)
    assert len(np.unique(together, axis=0)) == 1797
    assert len(np.concatenate([train_labels, test_labels])) == 1797


def test_split_and_noise_follow_the_seed():
    again = [digits(seed=5, noise=0.1)[0].inputs for _ in range(2)]
    assert torch.equal(*again)
    other = digits(seed=6, noise=0.1)[0].inputs
    assert not torch.equal(again[0], other)


def test_rows_come_one_after_the_other():
    image = np.arange(64).reshape(8, 8) / 64
    values = stimulus_values(image, row_duration=3 * ms, pause=5 * ms, dt=0.5 * ms)
    assert values.shape == (8 * 6 + 10, 16)
    for step in range(48):
        np.testing.assert_array_equal(
            values[step], np.hstack([image[step // 6], 1 - image[step // 6]])
        )
    assert np.all(values[48:] == 0)


def test_several_pictures_are_trials(rng):
    images = rng.random((5, 8, 8))
    values = stimulus_values(images)
    assert values.shape == (40, 5, 16)
    for trial, image in enumerate(images):
        np.testing.assert_array_equal(values[:, trial], stimulus_values(image))


def test_data_sets_have_shapes_types_and_duration():
    train, test = digits(copies=3, noise=0.2, dtype=torch.float64)
    assert train.inputs.shape == (40, 3 * 1437, 16)
    assert test.inputs.shape == (40, 360, 16)
    assert train.inputs.dtype == torch.float64
    assert train.targets.dtype == torch.int64
    assert (len(train), len(test)) == (3 * 1437, 360)
    assert train.duration == 40 * ms and train.dt == 1 * ms
    assert 0 <= train.inputs.min() and train.inputs.max() <= 1


def test_targets_belong_to_the_inputs():
    _, test_images, _, test_labels = pixels(seed=1)
    _, test = digits(seed=1)
    assert torch.equal(test.targets, torch.as_tensor(test_labels))
    for trial in (0, 100, 359):
        expected = stimulus_values(test_images[trial])
        np.testing.assert_array_equal(test.inputs[:, trial].numpy(), expected)


def test_noise_is_in_the_training_digits_only_and_differs_between_copies():
    clean_train, clean_test = digits(seed=2)
    train, test = digits(seed=2, noise=0.1, copies=2)
    assert torch.equal(test.inputs, clean_test.inputs)
    first, second_ = train.inputs.split(1437, dim=1)
    assert not torch.equal(first, second_)
    assert torch.equal(*train.targets.split(1437))
    grey = (clean_train.inputs[0, :, :8] > 0.4) & (clean_train.inputs[0, :, :8] < 0.6)
    noise = (first[0, :, :8] - clean_train.inputs[0, :, :8])[grey]
    assert noise.std() == pytest.approx(0.1, rel=0.1)


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match=r"row_duration=2.5 ms is not a multiple of .* dt=1. ms"):
        digits(row_duration=2.5 * ms)
    with pytest.raises(ValueError, match="pause=-1. ms is not a multiple"):
        digits(pause=-1 * ms)
    with pytest.raises(ValueError, match="noise must be 0 or more, copies 1 or more"):
        digits(copies=0)
    with pytest.raises(ValueError, match="give one picture as"):
        stimulus_values(np.zeros(64))
    with pytest.raises(DimensionMismatchError):
        digits(pause=8)


def test_example_shows_what_the_task_shows(example, rng):
    image = rng.random((8, 8))
    np.testing.assert_array_equal(example.stimulus_values(image), stimulus_values(image))
    assert digits()[1].duration == example.DURATION


def test_example_weights_follow_the_seed(example):
    first, again, other = (example.build_network(seed).S_rec.w[:] for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_untrained_example_fires_at_a_moderate_rate(example):
    network = example.build_network(seed=0)
    encoder_spikes = SpikeMonitor(network.encoder)
    network.net.add(encoder_spikes)
    network.net.store()
    trials = digits()[1].inputs[:, :10].numpy()
    rates = []
    for trial in range(10):
        network.net.restore()
        network.stimulus.values[:] = trials[:, trial]
        network.net.run(example.DURATION)
        rates.append(network.spikes.num_spikes / example.HIDDEN / (example.DURATION / second))
        # 32 ms of a row's ink and its opposite, in eight columns
        assert encoder_spikes.num_spikes == pytest.approx(8 * 32, rel=0.1)
        assert network.output.y.shape == (10, 40)
    assert 5 < np.mean(rates) < 30
    assert len(set(rates)) > 1
