"""What is said of weights: in their files, and on the screen."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["FORMAT", "line", "print_evaluation", "print_training", "words_of"]

#: What the files of weights say of themselves.
FORMAT = "brian2_l2l recipe 1"


def words_of(asked: Mapping[str, Any], scores: Mapping[str, float]) -> dict[str, str]:
    """Return what a file of weights says: how they were made, and the scores of the test."""
    return {"format": FORMAT, "asked": json.dumps(asked), "test": json.dumps(scores)}


def line(name: str, scores: Mapping[str, float]) -> str:
    """Return scores as a line."""
    return f"{name}: " + ", ".join(f"{key} {value:.4f}" for key, value in scores.items())


def print_training(done: str, seconds: float, scores: Mapping[str, float], output: Path) -> None:
    """Print what was done in so many seconds, and where the weights are."""
    print(f"{done} in {seconds:.0f} s")
    print(line("test", scores))
    print(f"written: {output}")


def print_evaluation(words: Mapping[str, str], split: str, scores: Mapping[str, float]) -> None:
    """Print the scores of a split, and those of the test that a file of weights tells of."""
    print(" ".join(f"{key}={value}" for key, value in json.loads(words["asked"]).items()))
    print(line(split, scores))
    if split == "test":
        print(line("recorded", json.loads(words["test"])))
