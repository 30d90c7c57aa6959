"""Sequential MNIST: where the inputs spike, and which digits the splits have."""

import matplotlib
import numpy as np
import pytest
import torch
from brian2 import ms

from brian2_l2l.errors import TrainingError
from brian2_l2l.tasks import cross_thresholds, load_mnist, sequential_mnist
from tests.mnist import original, write_small


@pytest.fixture
def folder(tmp_path, rng, monkeypatch):
    write_small(tmp_path, rng, monkeypatch)
    return tmp_path


def crossings(values, threshold):
    """Return the steps before which the values rise to a threshold, and fall below it."""
    pairs = list(zip(values, values[1:], strict=False))
    rises = [k for k, (a, b) in enumerate(pairs) if a < threshold <= b]
    return rises, [k for k, (a, b) in enumerate(pairs) if b < threshold <= a]


@pytest.mark.parametrize(("inputs", "repeat"), [(80, 1), (12, 1), (80, 3)])
def test_inputs_spike_where_the_ink_crosses_their_threshold(inputs, repeat, rng):
    pixels = rng.integers(0, 256, (50, 3)).astype(np.uint8)
    pixels[[3, 20]] = [[255], [0]]
    spikes = cross_thresholds(pixels, inputs, repeat, cue=6)
    shown = 50 * repeat
    assert spikes.shape == (shown + 6, 3, inputs) and spikes.dtype == bool
    levels = np.linspace(0, 1, inputs // 2, dtype=np.float32)[:-1]
    ink = np.repeat(pixels.astype(np.float32) / 255, repeat, axis=0)
    for trial, values in enumerate(ink.T):
        for number, level in enumerate(levels):
            rises, falls = crossings(values, level)
            assert np.flatnonzero(spikes[:, trial, 2 * number]).tolist() == rises
            assert np.flatnonzero(spikes[:, trial, 2 * number + 1]).tolist() == falls
        touched = np.flatnonzero(spikes[:, trial, -2])
        assert touched.tolist() == np.flatnonzero(values == 1).tolist() and 3 * repeat in touched
    assert spikes[shown:, :, -1].all() and not spikes[:shown, :, -1].any()
    assert not spikes[shown:, :, :-1].any()


def test_the_splits_are_parts_of_the_files(folder):
    task = sequential_mnist(folder, validation_size=10)
    assert task.duration == 840 * ms and task.splits == ("train", "validation", "test")
    known = load_mnist(folder)
    labels = {s: torch.cat([b.targets for b in task.batches(s, 16)]) for s in task.splits}
    assert torch.cat([labels["train"], labels["validation"]]).tolist() == known.labels.tolist()
    assert labels["test"].tolist() == load_mnist(folder, "test").labels.tolist()
    batch = next(task.batches("train", 7))
    expected = cross_thresholds(known.pixels[:7].reshape(7, -1).T)
    assert np.array_equal(batch.inputs["stimulus"].numpy(), expected)
    shuffled = next(task.batches("train", 30, torch.Generator().manual_seed(1)))
    assert sorted(shuffled.targets.tolist()) == sorted(known.labels[:30].tolist())
    assert shuffled.targets.tolist() != known.labels[:30].tolist()


def test_permuted_pixels_have_one_order_for_all_digits(folder):
    plain, permuted, again = (
        sequential_mnist(folder, validation_size=10, permutation=seed, repeat=2)
        for seed in (None, 5, 5)
    )
    shown, moved, same = (
        task.examples["test"].inputs["stimulus"][..., 0] for task in (plain, permuted, again)
    )
    assert permuted.duration == (2 * 784 + 56) * ms
    assert torch.equal(moved, same) and not torch.equal(moved, shown)
    assert torch.equal(moved.sort(0).values, shown.sort(0).values)
    order = np.random.default_rng(5).permutation(784)
    assert torch.equal(moved, shown[order])


def test_the_class_is_that_of_the_last_steps(folder):
    task = sequential_mnist(folder, validation_size=10)
    values = torch.zeros(840, 2, 10)
    values[:812, :, 3], values[812:, 0, 4], values[812:, 1, 7] = 100.0, 1.0, 1.0
    metrics = task.metrics({task.readout: values}, torch.tensor([4, 6]))
    assert metrics["accuracy"].value == 0.5


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"inputs": 7}, "inputs=7 must be an even number"),
        ({"repeat": 0}, "repeat=0 must be an integer of 1 or more"),
        ({"read": 900}, "read=900 is more than the 840 time steps"),
        ({"validation_size": 40}, "validation_size=40 must be from 0 to 39"),
    ],
)
def test_bad_options_are_named(options, message, folder):
    with pytest.raises(TrainingError, match=message):
        sequential_mnist(folder, **{"validation_size": 10, **options})


def test_a_trial_is_drawn(folder):
    task = sequential_mnist(folder, validation_size=10)
    batch = next(task.batches("train", 3))
    axes = matplotlib.figure.Figure().subplots()
    task.draw(axes, batch, trial=2)
    assert axes.get_title() == "digit 2"
    (line,) = axes.get_lines()
    assert len(line.get_xdata()) == int(batch.inputs["stimulus"][:, 2].sum())


def test_real_digits_make_a_few_spikes_per_step():
    task = sequential_mnist(original())
    batch = next(task.batches("test", 100))
    shown = batch.inputs["stimulus"][:784].double()
    assert 0.5 < float(shown.sum(-1).mean()) < 5 and not bool(shown[:, :, :2].any())
