"""Train and evaluate networks that learn while they run, as C++ programs."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from brian2 import defaultclock
from safetensors.numpy import load_file, save_file

from brian2_l2l.errors import L2LError
from brian2_l2l_plugins.presentation import as_program
from brian2_l2l_plugins.recipes.building import check_asked
from brian2_l2l_plugins.recipes.registry import Presented, find_recipe
from brian2_l2l_plugins.recipes.words import print_evaluation, print_training, words_of
from brian2_l2l_plugins.scripts import find_script, load_script
from brian2_l2l_plugins.standalone import check_compiler

__all__ = ["evaluate", "train"]

#: The options of ``train`` that mean something here.
OPTIONS = {"iterations", "batch_size", "checkpoint", "resume"}


def train(
    asked: dict[str, Any], data: Path | None, output: Path, options: Mapping[str, Any]
) -> int:
    """Show the samples, test the network, and write what it has learned.

    Parameters
    ----------
    asked : dict
        ``'recipe'``, ``'flags'`` and ``'seed'``.
    data : Path or None
        The folder of the data.
    output : Path
    options : dict
        Of the command. ``'iterations'`` is the number of samples, all of them when left out; a
        multiple of their number shows them more than once. ``'batch_size'`` is how many are shown
        side by side, in a mirror; in a C++ program one after the other when left out.

    Raises
    ------
    L2LError
        If an option means nothing here, or the number of samples is no multiple.
    """
    meaningless = [k for k, v in options.items() if v is not None and k not in OPTIONS]
    if meaningless:
        word = meaningless[0].replace("_", "-")
        raise L2LError(f"--{word} means nothing for a network that learns while it runs.")
    recipe = find_recipe(asked["recipe"])
    check_asked(recipe, asked["flags"], data)
    values, labels = recipe.samples(data, "train")
    shown = options.get("iterations") or len(values)
    epochs = max(1, shown // len(values))
    if shown > len(values) and shown % len(values):
        raise L2LError(f"--iterations {shown} is no multiple of the {len(values)} samples.")
    asked = {**asked, "batch_size": options.get("batch_size")}
    began, few = time.perf_counter(), slice(shown // epochs)
    script = _script(recipe)
    chosen = [recipe.training.get(flag, {}) for flag in asked["flags"]]
    functions = {k: getattr(script, name) for some in chosen for k, name in some.items()}
    with _presenter(script, recipe, asked) as presenter:
        history = presenter.train(
            values[few],
            labels[few],
            epochs=epochs,
            checkpoint=options.get("checkpoint"),
            resume=bool(options.get("resume")),
            **functions,
        )
        # The test is of what the file keeps.
        kept = {name: learned.astype(np.float32) for name, learned in presenter.values.items()}
        presenter.values = kept
        scores = {"accuracy": presenter.accuracy(*recipe.samples(data, "test"))}
        asked = {**asked, "iterations": history[-1]["samples"]}
        save_file(kept, output, words_of(asked, scores))
    print_training(f"{shown} samples", time.perf_counter() - began, scores, output)
    return 0


def evaluate(weights: Path, words: Mapping[str, str], data: Path | None, split: str) -> int:
    """Show the samples of a split to a network that has learned.

    Parameters
    ----------
    weights : Path
    words : dict
        What the file says of itself.
    data : Path or None
        The folder of the data.
    split : str
        ``'train'`` or ``'test'``.
    """
    asked = json.loads(words["asked"])
    recipe = find_recipe(asked["recipe"])
    check_asked(recipe, asked["flags"], data)
    with _presenter(_script(recipe), recipe, asked) as presenter:
        presenter.values = load_file(weights)
        scores = {"accuracy": presenter.accuracy(*recipe.samples(data, split))}
    print_evaluation(words, split, scores)
    return 0


def _script(recipe: Presented) -> ModuleType:
    functions = (name for some in recipe.training.values() for name in some.values())
    names = (*recipe.NAMES, *functions)
    return load_script(find_script(recipe.script), names)


@contextmanager
def _presenter(script: ModuleType, recipe: Presented, asked: Mapping[str, Any]) -> Iterator[Any]:
    """Set the device, and the one before again afterwards, with its time step."""
    arguments = {k: v for flag in asked["flags"] for k, v in recipe.flags[flag].items()}
    step, batch_size = defaultclock.dt, asked.get("batch_size")
    if batch_size is None:
        check_compiler()
    try:
        with as_program() if batch_size is None else nullcontext():
            yield script.make_presenter(asked["seed"], batch_size=batch_size, **arguments)
    finally:
        defaultclock.dt = step
