"""Train and evaluate networks that learn while they run, as C++ programs."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch
from brian2 import defaultclock
from safetensors.numpy import load_file

from brian2_l2l import training
from brian2_l2l.errors import L2LError
from brian2_l2l_plugins.presentation import as_program
from brian2_l2l_plugins.recipes.registry import Presented, find_recipe
from brian2_l2l_plugins.recipes.words import line, print_evaluation, print_training, words_of
from brian2_l2l_plugins.scripts import find_script, load_script
from brian2_l2l_plugins.standalone import check_compiler

__all__ = ["evaluate", "train"]


@dataclass(frozen=True)
class _Learned:
    """What was learned, in the form in which weights are saved.

    Attributes
    ----------
    values : dict
        Arrays by name.
    """

    values: Mapping[str, np.ndarray]

    def state_dict(self) -> dict[str, torch.Tensor]:
        """Return the values as tensors."""
        return {name: torch.from_numpy(numbers) for name, numbers in self.values.items()}


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
        If the number of samples is no multiple.
    """
    recipe = find_recipe(asked["recipe"])
    values, labels = recipe.samples(data, "train")
    shown = options.get("iterations", len(values))
    epochs = max(1, shown // len(values))
    if shown > len(values) and shown % len(values):
        raise L2LError(f"--iterations {shown} is no multiple of the {len(values)} samples.")
    numbers = {name: options[name] for name in recipe.numbers if name in options}
    asked = {**asked, "batch_size": options.get("batch_size"), **numbers}
    began, few = time.perf_counter(), slice(shown // epochs)
    script, (_, names) = _script(recipe), recipe.arguments(asked["flags"])
    functions = {argument: getattr(script, name) for argument, name in names.items()}
    with _presenter(script, recipe, asked) as presenter:
        history = presenter.train(
            values[few],
            labels[few],
            epochs=epochs,
            checkpoint=options.get("checkpoint"),
            resume=options.get("resume", False),
            **functions,
        )
        # The test is of what the file keeps.
        kept = {name: learned.astype(np.float32) for name, learned in presenter.values.items()}
        presenter.values = kept
        scores = {"accuracy": presenter.accuracy(*recipe.samples(data, "test"))}
    asked = {**asked, "iterations": history[-1]["samples"]}
    training.save_weights(_Learned(kept), output, words_of(asked, scores))
    print_training(f"{shown} samples", time.perf_counter() - began, scores, output)
    return 0


def evaluate(
    weights: Path, words: Mapping[str, str], data: Path | None, split: str, standalone: int
) -> int:
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
    standalone : int
        So many samples are also shown to a C++ program. What a network draws by chance is not the
        same in a mirror, and its answers need not be.

    Raises
    ------
    L2LError
        If a C++ program is all that there is.
    """
    asked = json.loads(words["asked"])
    if standalone and asked.get("batch_size") is None:
        raise L2LError(
            f"{weights} was learned in a C++ program, and is evaluated in one: leave out "
            "--standalone."
        )
    if standalone:
        check_compiler()
    values, labels = find_recipe(asked["recipe"]).samples(data, split)
    learned = load_file(weights)
    print_evaluation(words, split, _scores(asked, learned, values, labels))
    if standalone:
        values, labels = values[:standalone], labels[:standalone]
        for name, way in (("mirror", asked), ("C++ standalone", {**asked, "batch_size": None})):
            scores = _scores(way, learned, values, labels)
            print(line(f"{name}, {len(values)} samples", scores))
    return 0


def _scores(asked: Mapping[str, Any], learned: Mapping, values, labels) -> dict[str, float]:
    recipe = find_recipe(asked["recipe"])
    with _presenter(_script(recipe), recipe, asked) as presenter:
        presenter.values = learned
        return {"accuracy": presenter.accuracy(values, labels)}


def _script(recipe: Presented) -> ModuleType:
    functions = (name for some in recipe.training.values() for name in some.values())
    names = (*recipe.NAMES, *functions)
    return load_script(find_script(recipe.script), names)


@contextmanager
def _presenter(script: ModuleType, recipe: Presented, asked: Mapping[str, Any]) -> Iterator[Any]:
    """Set the device, and the one before again afterwards, with its time step."""
    arguments, _ = recipe.arguments(asked["flags"])
    arguments |= {name: asked[name] for name in recipe.numbers if name in asked}
    step, batch_size = defaultclock.dt, asked.get("batch_size")
    if batch_size is None:
        check_compiler()
    try:
        with as_program() if batch_size is None else nullcontext():
            yield script.make_presenter(asked["seed"], batch_size=batch_size, **arguments)
    finally:
        defaultclock.dt = step
