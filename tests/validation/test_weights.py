"""The trained weights that come with the results still give the scores that they say."""

import json
from pathlib import Path

import pytest
from brian2 import prefs

from brian2_l2l.training import evaluate, read_words
from tests.mirror.fused.compilers import needs_compiler
from validation.weights import TrainedNetwork

FOLDER = Path(__file__).parents[2] / "validation" / "results" / "weights"
#: Rounding differs between processors, and moves a spike now and then.
TOLERANCE = 0.01


def words_of(path):
    words = read_words(path)
    return json.loads(words["asked"]), json.loads(words["test"])


@pytest.mark.parametrize("path", sorted(FOLDER.glob("store_recall_*")), ids=lambda path: path.stem)
def test_store_recall_was_solved(path):
    asked, scores = words_of(path)
    assert asked["recipe"] == "store-recall" and asked["iterations"] <= 200
    assert scores["error"] < 0.05


@needs_compiler
def test_a_score_is_repeated_from_its_weights():
    prefs.l2l.lowering = "auto"
    path = FOLDER / "store_recall_0.safetensors"
    asked, scores = words_of(path)
    built, mirror = TrainedNetwork(path, asked).restore()
    found = evaluate(mirror, built.task, "test")
    assert found["error"] == pytest.approx(scores["error"], abs=TOLERANCE)
