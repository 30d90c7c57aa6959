"""The paths of all who walk to the same goals."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import torch

from brian2_l2l.tasks import NavigationTask, Paths, anywhere, to_the_goal
from brian2_l2l_plugins.recipes.registry import find_recipe
from validation.weights import TrainedNetwork, found_weights

RECIPE = "navigation"
RANDOM, KNOWING = "random walker", "who knows the goal"


def networks(weights: Path, goals: int) -> dict[TrainedNetwork, Paths]:
    """Return the paths of all trained networks in a folder."""
    return {network: _walk(network, goals) for network in found_weights(weights, RECIPE)}


def others(goals: int, seed: int) -> Iterator[tuple[str, Paths]]:
    """Yield the names and the paths of those who see everything."""
    task: NavigationTask = find_recipe(RECIPE).task(None)
    targets = next(task.batches("test", goals)).targets
    random = torch.Generator().manual_seed(seed)
    for name, act in ((RANDOM, anywhere(random)), (KNOWING, to_the_goal)):
        yield name, Paths.walked(task.arena, targets.places, task.steps, act, targets.rest)


def _walk(network: TrainedNetwork, goals: int) -> Paths:
    built, mirror = network.restore()
    return built.task.run(mirror, next(built.task.batches("test", goals))).paths
