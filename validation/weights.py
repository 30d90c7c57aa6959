"""The weights of trained networks that were kept, by recipe."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from brian2 import prefs

from brian2_l2l_plugins.recipes.pipeline import Place, read_words, restore

__all__ = ["TrainedNetwork", "found_weights"]


@dataclass(frozen=True, eq=False)
class TrainedNetwork:
    """
    A trained network in a file.

    Attributes
    ----------
    path : Path
    asked : dict
        What was asked for when it was trained.
    """

    path: Path
    asked: dict[str, Any]

    @property
    def adaptive(self) -> bool:
        """Whether its neurons adapt."""
        return "lif" not in self.asked["flags"]

    @property
    def name(self) -> str:
        """What it is, and the seed of its training."""
        kind = "adaptive neurons" if self.adaptive else "without adaptation"
        return f"{kind}, seed {self.asked['seed']}"

    def restore(self) -> tuple[Any, Any]:
        """Give what was built for it, and its mirror."""
        prefs.codegen.target = "numpy"
        return restore(self.path, self.asked, Place())


def found_weights(folder: Path, recipe: str) -> Iterator[TrainedNetwork]:
    """Yield all trained networks of a recipe in a folder."""
    for path in sorted(folder.glob("*.safetensors")):
        asked = json.loads(read_words(path)["asked"])
        if asked["recipe"] == recipe:
            yield TrainedNetwork(path, asked)
