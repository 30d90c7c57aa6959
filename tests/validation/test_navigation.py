"""The program that lets networks come back to hidden goals: what it takes for success."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from brian2_l2l.tasks import NavigationTask, Paths
from tests.trained import write_untrained
from validation.__main__ import main
from validation.navigation.run import complaints, difference, table
from validation.navigation.walkers import KNOWING, RANDOM, others
from validation.weights import TrainedNetwork


def network(seed=0, lif=False):
    asked = {"recipe": "navigation", "flags": ["lif"] if lif else [], "seed": seed}
    return TrainedNetwork(Path("here"), asked)


@pytest.fixture
def walked(seed):
    """Return the paths of the random walker and of the one that knows."""
    return others(20, seed)


def test_what_a_network_has_to_show(walked):
    good, bad = walked[KNOWING], walked[RANDOM]
    assert complaints({network(): good, network(lif=True): bad}, bad) == []
    assert "no weights" in complaints({network(): good}, bad)[0]
    assert "no weights" in complaints({network(lif=True): good}, bad)[0]
    wrong = complaints({network(): good, network(1): bad, network(lif=True): good}, bad)
    assert [text.split(":")[0] for text in wrong[:-1]] == ["adaptive neurons, seed 1"] * 2
    assert "times the straight line" in wrong[0] and "goals; wanted" in wrong[1]
    assert "than without adaptation" in wrong[2]


def test_a_network_that_never_comes_back_has_no_path_to_speak_of(walked):
    paths = walked[RANDOM]
    never = Paths(paths.arena, paths.goals, paths.positions, torch.zeros_like(paths.hits))
    wrong = complaints({network(): never, network(lif=True): never}, paths)
    assert "paths are nan" in wrong[0] and "0.00 goals" in wrong[1]


def test_differences_are_over_goals(walked):
    good, bad = walked[KNOWING], walked[RANDOM]
    each = good.number.double() - bad.number
    more, width = difference([good, good], [bad])
    assert more == pytest.approx(float(each.mean()))
    assert width == pytest.approx(1.96 * float(each.std()) / 20**0.5)
    assert difference([good], [good]) == (0, 0)


def test_everybody_walks_to_the_same_goals(walked):
    for paths in walked.values():
        assert torch.equal(paths.goals, walked[KNOWING].goals)
        assert len(paths.hits) == NavigationTask().steps
    assert table(walked).splitlines()[1].startswith("random walker")
    # From the centre to the edge of the goal, which is what a straight path is measured by.
    assert walked[KNOWING].intervals()["detour"][0] < 1.2


def test_a_small_run_from_end_to_end(tmp_path, capsys, optimised):
    weights = tmp_path / "weights"
    for flags in ([], ["lif"]):
        write_untrained(weights, "navigation", flags, seed=3)
    options = ["--weights", str(weights), "--smoke", "--output", str(tmp_path)]
    # Networks that were not trained find no goals.
    assert main(["navigation", *options]) == 1
    assert "WRONG: adaptive neurons, seed 3" in capsys.readouterr().out
    data = json.loads((tmp_path / "navigation_smoke.json").read_text())
    assert list(data["goals"]) == [
        "adaptive neurons, seed 3",
        "without adaptation, seed 3",
        RANDOM,
        KNOWING,
    ]
    assert all(len(goals) == 4 for goals in data["goals"].values())
    assert np.mean(data["goals"][KNOWING]) > 2
    assert (tmp_path / "navigation_smoke.png").stat().st_size > 5000
