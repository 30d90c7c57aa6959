import json

import numpy as np
import pytest

from brian2_l2l.tasks import Digits
from tests.mnist import original, random_ink
from validation.__main__ import main
from validation.projection import ITERATIONS
from validation.projection.run import SMOKE, SMOKE_ITERATIONS, complaints, curve, project
from validation.projection.training import Iteration, Training


def random_digits(rng):
    return Digits(random_ink(rng, 40)[:, :5], np.arange(40) % 10)


def test_an_iteration_changes_all_weights_and_repeats_for_a_seed(rng):
    digits = random_digits(rng)

    def two(seed):
        training = Training(SMOKE, digits, seed)
        before = [p.detach().clone() for p in (*training.mirror.parameters(), training.bias)]
        found = list(training.iterations(2))
        after = [*training.mirror.parameters(), training.bias]
        assert all((new != old).any() for new, old in zip(after, before, strict=True))
        return [iteration.loss for iteration in found]

    first = two(1)
    assert first == two(1) and first != two(2)


def test_the_digits_are_drawn_without_repeating_any(rng):
    training = Training(SMOKE, random_digits(rng), seed=0)
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


def test_a_small_run_from_end_to_end(tmp_path, capsys):
    results = tmp_path / "results"
    code = main(
        ["projection", "--digits", str(original()), "--smoke", "--threads", "1", "--seed", "2"]
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
