"""The squared errors, ``[example, trial]``, of all who learn the same functions."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import torch
from brian2 import prefs

from brian2_l2l import training
from brian2_l2l.tasks import FunctionLearningTask
from brian2_l2l_plugins.l2l.comparisons import backpropagation_errors, linear_errors
from brian2_l2l_plugins.recipes.pipeline import Place, read_words, restore
from brian2_l2l_plugins.recipes.registry import find_recipe

#: What is tried for backpropagation; the numbers of steps are shown side by side.
LEARNING_RATES, STEPS = (0.003, 0.01, 0.03, 0.1, 0.3), (1, 10, 30)


def network_errors(path: Path, asked: Mapping, functions: int) -> torch.Tensor:
    """Return the errors of a trained network for so many functions."""
    prefs.codegen.target = "numpy"
    built, mirror = restore(path, asked, Place())
    batch = next(built.task.batches("test", functions))
    with torch.no_grad():
        record = training.run_batch(mirror, built.task, batch)
        return built.task.errors(record, batch.targets)


def other_errors(
    recipe: str, functions: int, tried: Sequence[int] = STEPS
) -> Iterator[tuple[str, torch.Tensor]]:
    """Yield the names and the errors of those who learn without a trained network."""
    task: FunctionLearningTask = find_recipe(recipe).task(None)
    targets = next(task.batches("test", functions)).targets
    yield "linear, examples before", linear_errors(targets.x, targets.y)
    yield "linear, all examples", linear_errors(targets.x, targets.y, "all")
    others = next(task.batches("validation", functions)).targets
    for steps in tried:
        rate = min(LEARNING_RATES, key=lambda rate: float(_learn(others, rate, steps).mean()))
        name = f"backpropagation, {steps} steps, rate {rate}"
        yield name, _learn(targets, rate, steps)


def _learn(targets, rate: float, steps: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    return backpropagation_errors(targets.x, targets.y, rate, steps=steps, generator=generator)


def found_weights(folder: Path, recipe: str) -> Iterator[tuple[str, Path, Mapping]]:
    """Yield a name, the path, and what was asked for, of all weights of a recipe."""
    for path in sorted(folder.glob("*.safetensors")):
        asked = json.loads(read_words(path)["asked"])
        if asked["recipe"] == recipe:
            kind = "without adaptation" if "lif" in asked["flags"] else "adaptive neurons"
            yield f"{kind}, seed {asked['seed']}", path, asked
