"""Train a recipe and write its weights; read them and evaluate."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from brian2_l2l import training
from brian2_l2l.errors import L2LError
from brian2_l2l_plugins.recipes import presented
from brian2_l2l_plugins.recipes.building import Built, build
from brian2_l2l_plugins.recipes.checks import (
    check_asked,
    check_device,
    check_options,
    check_seed,
    check_writable,
)
from brian2_l2l_plugins.recipes.registry import Presented, find_recipe
from brian2_l2l_plugins.recipes.standalone import check_comparable, compare
from brian2_l2l_plugins.recipes.words import FORMAT, print_evaluation, print_training, words_of

__all__ = ["ASKED", "FORMAT", "Place", "evaluate", "read_words", "restore", "train"]

#: The options of training that weights tell of.
ASKED = ("batch_size", "learning_rate")


@dataclass(frozen=True)
class Place:
    """Where the data are, and where the mirror runs.

    Attributes
    ----------
    data : Path or None
        The folder of the task's data.
    device : str
        Of torch.
    """

    data: Path | None = None
    device: str = "cpu"


def train(
    name: str,
    flags: Sequence[str],
    seed: int,
    place: Place,
    output: Path,
    options: Mapping[str, Any],
    start: Path | None = None,
) -> int:
    """Train, evaluate the test split, and write the weights with what was asked for.

    Parameters
    ----------
    name : str
        Of the recipe.
    flags : sequence of str
    seed : int
    place : Place
    output : Path
        Of the weights.
    options : dict
        Of the command, by name; those that are left out are the example's.
    start : Path, optional
        Weights of the same network from which training begins.

    Returns
    -------
    exit_code : int

    Raises
    ------
    L2LError
        If what is asked for is not possible, which is told before anything is built, or the weights
        of `start` are those of another network.
    """
    recipe = find_recipe(name)
    check_asked(recipe, flags, place.data)
    check_options(recipe, options if start is None else {**options, "start": start})
    check_seed(seed)
    check_device(recipe, place.device)
    check_writable("--output", output)
    asked = {"recipe": name, "flags": list(flags), "seed": seed}
    if isinstance(recipe, Presented):
        return presented.train(asked, place.data, output, options)
    if start is None:
        built, mirror = _make(asked, place)
    else:
        asked["start"] = _asked_of_same(start, asked)
        built, mirror = restore(start, asked, place)
    began = time.perf_counter()
    result = built.script.learn(mirror, built.task, seed, **{**built.learning, **options})
    scores = training.evaluate(mirror, built.task, "test")
    asked["iterations"] = result.iterations
    asked |= {key: options[key] for key in ASKED if key in options}
    training.save_weights(mirror, output, words_of(asked, scores))
    seconds = time.perf_counter() - began
    print_training(f"{result.iterations} iterations", seconds, scores, output)
    return 0


def evaluate(weights: Path, place: Place, split: str, standalone: int) -> int:
    """Evaluate weights; return 1 if C++ standalone answers otherwise than the mirror, else 0.

    Parameters
    ----------
    weights : Path
    place : Place
    split : str
    standalone : int
        So many trials also run as a C++ program.

    Raises
    ------
    L2LError
        If these weights cannot be evaluated so.
    """
    training.check_count("--standalone", standalone, least=0)
    words = read_words(weights)
    asked = json.loads(words["asked"])
    recipe = find_recipe(asked["recipe"])
    check_asked(recipe, asked["flags"], place.data)
    check_device(recipe, place.device)
    if isinstance(recipe, Presented):
        return presented.evaluate(weights, words, place.data, split, standalone)
    if standalone:
        check_comparable(asked)
    built, mirror = restore(weights, asked, place)
    print_evaluation(words, split, training.evaluate(mirror, built.task, split))
    if not standalone:
        return 0
    return compare(built, weights, asked, split, standalone)


def read_words(weights: Path) -> dict[str, str]:
    """Return what a file of weights says of itself: ``'asked'`` and the scores of ``'test'``.

    Raises
    ------
    L2LError
        If 'train' has not written it.
    """
    words = training.read_words(weights)
    if words.get("format") != FORMAT:
        raise L2LError(f"{weights} does not say how its network was made; 'train' writes such.")
    return words


def restore(weights: Path, asked: Mapping[str, Any], place: Place) -> tuple[Built, Any]:
    """Return the network and the task of weights, and a mirror that has the weights.

    Parameters
    ----------
    weights : Path
    asked : dict
        What they were made with: ``'recipe'``, ``'flags'`` and ``'seed'``.
    place : Place
    """
    built, mirror = _make(asked, place)
    training.load_weights(mirror, weights)
    return built, mirror


def _make(asked: Mapping[str, Any], place: Place) -> tuple[Built, Any]:
    built = build(find_recipe(asked["recipe"]), asked["flags"], asked["seed"], place.data)
    return built, built.script.make_mirror(built.net, device=place.device)


def _asked_of_same(weights: Path, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return what weights were made with, if their network is the one that is asked for."""
    found = json.loads(read_words(weights)["asked"])
    for key, value in asked.items():
        if found[key] != value:
            raise L2LError(
                f"{weights} was trained with {key}={found[key]!r}, and here it is {value!r}. Ask "
                "for the same network, or for one of its own without --start."
            )
    return found
