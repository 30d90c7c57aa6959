import gzip
import json

import numpy as np
import pytest

from validation.__main__ import main
from validation.projection import ITERATIONS
from validation.projection.digits import load_digits, read_idx
from validation.projection.encoding import INPUTS, LEVELS, encode
from validation.projection.run import SMOKE, SMOKE_ITERATIONS, complaints, curve, project
from validation.projection.training import Iteration, Training


def write_idx(path, array):
    head = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">i4").tobytes()
    with (gzip.open if path.suffix == ".gz" else open)(path, "wb") as file:
        file.write(head + array.astype(np.uint8).tobytes())


@pytest.fixture
def folder(tmp_path, rng):
    """Return a folder with pictures of random smooth strokes, 28 by 28, in the format of MNIST."""
    ink = rng.normal(size=(40, 28 * 28)).cumsum(axis=1)
    images = np.clip(ink * 40, 0, 255).astype(np.uint8).reshape(-1, 28, 28)
    write_idx(tmp_path / "train-images-idx3-ubyte.gz", images)
    write_idx(tmp_path / "train-labels-idx1-ubyte", np.arange(40) % 10)
    return tmp_path


def test_the_files_of_mnist_are_read(folder):
    digits = load_digits(folder)
    assert digits.pixels.shape == (40, 784) and digits.pixels.dtype == np.float32
    assert digits.pixels.min() == 0 and digits.pixels.max() == 1
    assert digits.labels.tolist() == [k % 10 for k in range(40)]


def test_other_files_are_refused(tmp_path):
    (tmp_path / "labels").write_bytes(b"\x89PNG and so on")
    with pytest.raises(ValueError, match="labels is no IDX file"):
        read_idx(tmp_path / "labels")
    with pytest.raises(FileNotFoundError, match="train-images"):
        load_digits(tmp_path)


def crossings(values, threshold):
    """Return the steps before which the values rise to a threshold, and fall below it."""
    pairs = list(zip(values, values[1:], strict=False))
    rises = [k for k, (a, b) in enumerate(pairs) if a < threshold <= b]
    return rises, [k for k, (a, b) in enumerate(pairs) if b < threshold <= a]


def test_inputs_spike_where_the_ink_crosses_their_threshold(rng):
    pixels = (rng.integers(0, 256, (3, 50)) / 255).astype(np.float32)
    pixels[:, [3, 20]] = 1, 0
    spikes = encode(pixels, cue=6)
    assert spikes.shape == (56, 3, INPUTS) and spikes.dtype == bool
    for digit, values in enumerate(pixels):
        for number, level in enumerate(LEVELS):
            rises, falls = crossings(values, level)
            assert np.flatnonzero(spikes[:, digit, 2 * number]).tolist() == rises
            assert np.flatnonzero(spikes[:, digit, 2 * number + 1]).tolist() == falls
        touched = np.flatnonzero(spikes[:, digit, -2])
        assert touched.tolist() == np.flatnonzero(values == 1).tolist() and 3 in touched
    assert spikes[50:, :, -1].all() and not spikes[:50, :, -1].any()
    assert not spikes[50:, :, :-1].any()


def test_an_iteration_changes_all_weights_and_repeats_for_a_seed(folder):
    def two(seed):
        training = Training(SMOKE, load_digits(folder), seed)
        before = [p.detach().clone() for p in (*training.mirror.parameters(), training.bias)]
        found = list(training.iterations(2))
        after = [*training.mirror.parameters(), training.bias]
        assert all((new != old).any() for new, old in zip(after, before, strict=True))
        return [iteration.loss for iteration in found]

    first = two(1)
    assert first == two(1) and first != two(2)


def test_the_digits_are_drawn_without_repeating_any(folder):
    training = Training(SMOKE, load_digits(folder), seed=0)
    batches = list(training._batches(10))
    assert all(len(chosen) == SMOKE.batch for chosen in batches)
    assert sorted(np.concatenate(batches[:5])) == list(range(40))


def iteration(seconds=1.0, loss=2.0, rate=10.0):
    return Iteration(seconds, 0.1, loss, 0.5, rate)


def test_the_first_iteration_is_not_projected():
    projected = project([iteration(100.0), iteration(1.0), iteration(2.0), iteration(6.0)])
    assert projected["mean_seconds"] == 3.0 and projected["median_seconds"] == 2.0
    assert projected["hours"] == pytest.approx(3.0 * ITERATIONS / 3600)
    assert project([iteration(5.0)])["mean_seconds"] == 5.0


def test_a_network_that_does_not_learn_or_fire_is_told():
    falling = [iteration(loss=2 - k / 20) for k in range(20)]
    assert complaints(falling, strict=True) == []
    assert complaints(falling[::-1], strict=True) == ["the loss did not fall"]
    assert complaints([iteration(rate=0.0)], strict=False) == ["the neurons fire at 0.0 Hz"]
    assert "1 to 2 " in curve(falling) and "19 to 20 " in curve(falling)


def test_a_small_run_from_end_to_end(folder, tmp_path, capsys):
    results = tmp_path / "results"
    code = main(
        ["projection", "--digits", str(folder), "--smoke", "--threads", "1", "--seed", "2"]
        + ["--results", str(results)]
    )
    text = capsys.readouterr().out
    assert code == 0, text
    data = json.loads((results / "projection_smoke.json").read_text())
    assert len(data["iterations"]) == SMOKE_ITERATIONS
    for one in data["iterations"]:
        assert 0 < one["encoding_seconds"] < one["seconds"]
        assert 0.1 < one["rate"] < 100 and 0 < one["loss"] < 20
    assert data["projected"]["hours"] > 0 and data["options"]["seed"] == 2
    assert "36,000 iterations" in (results / "projection_smoke.txt").read_text()
    assert (results / "projection_smoke.png").read_bytes().startswith(b"\x89PNG")


def test_the_folder_is_needed(capsys):
    with pytest.raises(SystemExit) as ending:
        main(["projection"])
    assert ending.value.code == 2 and "--digits" in capsys.readouterr().err
