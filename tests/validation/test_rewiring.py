"""The program that compares rewiring with connections that stay."""

import json

import numpy as np
import pytest

from brian2_l2l.tasks import pictures_mnist
from tests.mnist import write_small
from validation.__main__ import main
from validation.rewiring import SHARES
from validation.rewiring.network import SIZES, build_network, make_mirror
from validation.rewiring.run import Outcome, complaints, learn, table


def outcome(share, wiring, accuracy, rate=30.0):
    rates = {"first": rate, "second": 25.0}
    return Outcome(share, wiring, 0, round(266200 * share), accuracy, 0.05, rates)


@pytest.mark.parametrize("share", SHARES)
def test_the_network_has_its_share_of_connections(share, rng):
    net = build_network(share, rng)
    possible = [a * b for a, b in zip(SIZES, SIZES[1:], strict=False)]
    numbers = [len(net[f"S_{k}"]) for k in range(3)]
    assert sum(numbers) == round(share * sum(possible))
    for number, most in zip(numbers, possible, strict=True):
        assert abs(number / most - share) < 6 * (share * (1 - share) / most) ** 0.5 + 1e-9


@pytest.mark.parametrize("wiring", ["deep_r", "fixed"])
def test_both_learn_with_as_many_connections(wiring, rng, tmp_path, monkeypatch):
    write_small(tmp_path, rng, monkeypatch)
    task = pictures_mnist(tmp_path, validation_size=10)
    mirror = make_mirror(build_network(0.1, rng), 10)
    before = mirror.connections("S_0")
    result = learn(mirror, task, wiring, 0, 4, None)
    after = mirror.connections("S_0")
    assert sum(len(mirror.connections(f"S_{k}").sources) for k in range(3)) == 26620
    moved = not np.array_equal(before.sources, after.sources)
    assert moved == (wiring == "deep_r")
    last = result.history[-1]
    assert 3 < last["rate_first"] < 250 and last["rate_second"] > 1


def test_rewiring_has_to_be_ahead_where_there_are_few_connections():
    found = [outcome(1.0, "deep_r", 0.97), outcome(1.0, "fixed", 0.98)]
    found += [outcome(0.03, "deep_r", 0.95), outcome(0.03, "fixed", 0.90)]
    assert complaints(found) == []
    found += [outcome(0.01, "deep_r", 0.8), outcome(0.01, "fixed", 0.85, rate=0.1)]
    wrong = complaints(found)
    assert any("at 1% rewiring has 80.00%" in text for text in wrong)
    assert any("'first' at 0.1 Hz" in text for text in wrong)
    assert "95.00%" in table(found)


def test_a_small_run_from_end_to_end(rng, tmp_path, monkeypatch, capfd):
    from validation.rewiring import run

    write_small(tmp_path, rng, monkeypatch, train=5100, test=20)
    monkeypatch.setattr(run, "limited_process", lambda function, threads, *rest: function(*rest))
    monkeypatch.setattr(run, "SMOKE_ITERATIONS", 3)
    options = ["--smoke", "--seeds", "1", "--threads", "1", "--output", str(tmp_path)]
    assert main(["rewiring", "--digits", str(tmp_path), *options]) == 0
    data = json.loads((tmp_path / "rewiring_smoke.json").read_text())
    assert [o["wiring"] for o in data["outcomes"]] == ["deep_r", "fixed"] * 2
    assert (tmp_path / "rewiring_smoke.png").stat().st_size > 5000
