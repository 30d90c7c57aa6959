"""Make the network and the task of a recipe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from brian2 import Network

from brian2_l2l_plugins.recipes.checks import check_asked
from brian2_l2l_plugins.recipes.registry import Recipe
from brian2_l2l_plugins.scripts import find_script, load_script

__all__ = ["Built", "build"]


@dataclass(frozen=True)
class Built:
    """The network and the task of a recipe.

    Attributes
    ----------
    script : module
    net : Network
    task : Task
    learning : dict
        More arguments of the script's ``learn``.
    """

    script: Any
    net: Network
    task: Any
    learning: Mapping[str, Any]


def build(recipe: Recipe, flags: Sequence[str], seed: int, data: Path | None) -> Built:
    """Make the network and the task of a recipe.

    Raises
    ------
    L2LError
        See `check_asked`.
    """
    check_asked(recipe, flags, data)
    script = load_script(find_script(recipe.script), recipe.NAMES)
    building, learning = recipe.arguments(flags)
    net = script.build_network(np.random.default_rng(seed), **building)
    return Built(script, net, recipe.task(data), learning)
