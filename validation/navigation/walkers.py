"""The paths of all who walk to the same goals."""

from __future__ import annotations

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


def others(goals: int, seed: int) -> dict[str, Paths]:
    """Return the paths of those who see everything, by name."""
    task: NavigationTask = find_recipe(RECIPE).task(None)
    targets = next(task.batches("test", goals)).targets
    random = torch.Generator().manual_seed(seed)
    return {
        name: Paths.walked(task.arena, targets.places, task.steps, act, targets.rest)
        for name, act in ((RANDOM, anywhere(random)), (KNOWING, to_the_goal))
    }


def _walk(network: TrainedNetwork, goals: int) -> Paths:
    built, mirror = network.restore()
    return built.task.run(mirror, next(built.task.batches("test", goals))).paths
