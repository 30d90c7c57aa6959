"""The squared errors, ``[example, trial]``, of all who learn the same functions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch

from brian2_l2l import training
from brian2_l2l.tasks import FunctionLearningTask
from brian2_l2l_plugins.l2l.comparisons import backpropagation_errors, linear_errors
from brian2_l2l_plugins.recipes.registry import find_recipe
from validation.weights import TrainedNetwork

#: What is tried for backpropagation; the numbers of steps are shown side by side.
LEARNING_RATES, STEPS = (0.003, 0.01, 0.03, 0.1, 0.3), (1, 10, 30)


def network_errors(network: TrainedNetwork, functions: int) -> torch.Tensor:
    """Return the errors of a trained network for so many functions."""
    built, mirror = network.restore()
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
