"""The digits of scikit-learn as a task."""

import numpy as np
import pytest
import torch
from brian2 import DimensionMismatchError, ms

from brian2_l2l import plugins
from brian2_l2l.errors import TrainingError
from brian2_l2l.tasks import handwritten_digits, load_pictures, show_rows
from brian2_l2l.training.task import check_task


def test_splits_are_stratified_and_complete():
    splits = load_pictures(validation_size=200, test_size=360, seed=3)
    assert {name: len(labels) for name, (_, labels) in splits.items()} == {
        "train": 1237,
        "validation": 200,
        "test": 360,
    }
    for pictures, labels in splits.values():
        assert pictures.shape == (8, len(labels), 8)
        assert pictures.min() == 0 and pictures.max() == 1
        counts = np.bincount(labels)
        assert len(counts) == 10 and counts.max() - counts.min() <= 0.1 * len(labels) / 10 + 1
    together = np.concatenate([pictures for pictures, _ in splits.values()], axis=1)
    assert len(np.unique(together.swapaxes(0, 1).reshape(1797, -1), axis=0)) == 1797


def test_labels_belong_to_the_pictures():
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    known = {image.tobytes(): label for image, label in zip(images / 16, labels, strict=True)}
    for pictures, some_labels in load_pictures(seed=1, train_size=300).values():
        found = [
            known[np.ascontiguousarray(picture).tobytes()] for picture in pictures.swapaxes(0, 1)
        ]
        np.testing.assert_array_equal(found, some_labels)


def test_test_digits_depend_on_the_seed_and_not_on_the_other_splits():
    first = load_pictures(validation_size=200, seed=5)["test"][0]
    again = load_pictures(validation_size=50, train_size=100, seed=5)["test"][0]
    other = load_pictures(validation_size=200, seed=6)["test"][0]
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_rows_come_one_after_the_other():
    picture = np.arange(64).reshape(8, 8) / 64
    values = show_rows(picture, row_duration=3 * ms, pause=5 * ms, dt=0.5 * ms)
    assert values.shape == (8 * 6 + 10, 16)
    for step in range(48):
        row = picture[step // 6]
        np.testing.assert_array_equal(values[step], np.hstack([row, 1 - row]))
    assert not values[48:].any()


def test_several_pictures_are_shown_as_each_alone(rng):
    pictures = rng.random((8, 5, 8))
    values = show_rows(pictures)
    assert values.shape == (40, 5, 16)
    for trial in range(5):
        np.testing.assert_array_equal(values[:, trial], show_rows(pictures[:, trial]))


def test_it_is_a_task_and_a_plugin_contributes_it():
    task = plugins.get("tasks", "digits")(seed=2, noise=0.0)
    check_task(task)
    assert task.duration == 40 * ms and task.record == [("readout", "y")]
    assert set(task.splits) == {"train", "validation", "test"}
    pictures, labels = load_pictures(seed=2)["test"]
    (batch,) = task.batches("test", 360)
    assert batch.size == 360
    (values,) = batch.inputs.values()
    assert values.dtype == torch.float32
    # Sixteenths are exact in every type.
    np.testing.assert_array_equal(values.numpy(), show_rows(pictures))
    np.testing.assert_array_equal(batch.targets.numpy(), labels)


def stimuli(task, split, seed):
    generator = None if seed is None else torch.Generator().manual_seed(seed)
    batches = list(task.batches(split, 100, generator))
    return torch.cat([batch.inputs["stimulus"] for batch in batches], dim=1), batches


def test_training_digits_are_noisy_and_new_in_every_epoch(seed):
    noisy, clean = handwritten_digits(noise=0.1), handwritten_digits(noise=0.0)
    first, again = stimuli(noisy, "train", seed)[0], stimuli(noisy, "train", seed)[0]
    assert torch.equal(first, again)
    generator = torch.Generator().manual_seed(seed)
    epochs = [
        next(iter(noisy.batches("train", 1237, generator))).inputs["stimulus"] for _ in range(2)
    ]
    assert not torch.equal(*epochs)
    assert 0 <= first.min() and first.max() <= 1
    # In the order of the examples: what is left of the noise where it was not cut off.
    ordered, _ = stimuli(noisy, "train", None)
    assert torch.equal(ordered, stimuli(clean, "train", None)[0])
    generator = torch.Generator().manual_seed(seed)
    batch = next(noisy.batches("train", 1237, generator))
    order = torch.randperm(1237, generator=torch.Generator().manual_seed(seed))
    exact = ordered[:, order]
    grey = (exact[0, :, :8] > 0.4) & (exact[0, :, :8] < 0.6)
    assert (batch.inputs["stimulus"] - exact)[0, :, :8][grey].std() == pytest.approx(0.1, rel=0.15)


@pytest.mark.parametrize("split", ["validation", "test"])
def test_other_digits_get_no_noise(split, seed):
    noisy, clean = handwritten_digits(noise=0.2), handwritten_digits(noise=0.0)
    assert torch.equal(stimuli(noisy, split, seed)[0], stimuli(clean, split, seed)[0])


def test_bad_arguments_are_refused():
    with pytest.raises(
        TrainingError, match=r"row_duration=2.5 ms is not a multiple of .* dt=1. ms"
    ):
        show_rows(np.zeros((8, 8)), row_duration=2.5 * ms)
    with pytest.raises(TrainingError, match="pause=-1. ms is not a multiple"):
        show_rows(np.zeros((8, 8)), pause=-1 * ms)
    with pytest.raises(TrainingError, match="give one picture as"):
        show_rows(np.zeros(64))
    with pytest.raises(DimensionMismatchError):
        show_rows(np.zeros((8, 8)), pause=8)
    with pytest.raises(TrainingError, match="noise=-1 must be a number of 0 or more"):
        handwritten_digits(noise=-1)
    with pytest.raises(TrainingError, match="test_size=1800 with seed=0"):
        handwritten_digits(test_size=1800)
