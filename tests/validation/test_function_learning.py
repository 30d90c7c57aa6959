"""The program that compares networks that learn functions: what it takes for success."""

import json

import numpy as np
import torch

from tests.trained import write_untrained
from validation.__main__ import main
from validation.function_learning.run import complaints, fifths, table


def course(first, last, functions=20):
    """Return errors that fall, a little different for each function."""
    means = torch.linspace(first, last, 50, dtype=torch.float64)
    return means[:, None] * torch.linspace(0.9, 1.1, functions, dtype=torch.float64)


def test_what_a_network_has_to_show():
    good = {
        "adaptive neurons, seed 0": course(1.0, 0.01),
        "without adaptation, seed 0": course(1.0, 0.5),
        "linear, all examples": course(0.3, 0.3),
    }
    assert complaints("some", good) == []
    flat = {**good, "adaptive neurons, seed 0": course(0.2, 0.15)}
    assert ["falls 1.2" in text for text in complaints("some", flat)] == [True]
    bad = {**good, "adaptive neurons, seed 0": course(3.0, 0.5)}
    assert [text for text in complaints("some", bad) if "linear has 0.3000" in text]
    assert "some: as good without adaptation" in complaints("some", bad)
    assert "no weights" in complaints("some", {"linear, all examples": course(1, 1)})[0]


def test_the_table_has_means_and_intervals():
    errors = course(1.0, 0.02)
    text = table({"one": errors})
    assert f"{fifths(errors)[0]:.4f} +- " in text and text.splitlines()[1].startswith("one ")
    half = 1.96 * errors[:10].mean(0).std() / 20**0.5
    assert f"+- {half:.4f}" in text


def test_a_small_run_from_end_to_end(tmp_path, capsys, optimised):
    weights = tmp_path / "weights"
    for name in ("learn-sinusoids", "learn-networks"):
        for flags in ([], ["lif"]):
            write_untrained(weights, name, flags, seed=3)
    options = ["--weights", str(weights), "--smoke", "--output", str(tmp_path)]
    # Networks that were not trained do not learn.
    assert main(["function-learning", *options]) == 1
    assert "WRONG: learn-sinusoids, adaptive neurons, seed 3" in capsys.readouterr().out
    data = json.loads((tmp_path / "function_learning_smoke.json").read_text())
    errors = data["errors"]["learn-networks"]
    assert len(errors) == 5
    assert all(np.isfinite(v).all() and len(v) == 150 for v in errors.values())
    assert (tmp_path / "function_learning_smoke.png").stat().st_size > 5000
