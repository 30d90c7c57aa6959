"""Weights as trainings leave them, without training."""

from pathlib import Path

from brian2_l2l.training import save_weights
from brian2_l2l_plugins.recipes.building import build
from brian2_l2l_plugins.recipes.registry import find_recipe
from brian2_l2l_plugins.recipes.words import words_of


def write_untrained(folder: Path, name: str, flags: list[str], seed: int) -> None:
    """Write the random weights of a recipe as those of a trained network."""
    built = build(find_recipe(name), flags, seed, None)
    asked = {"recipe": name, "flags": flags, "seed": seed}
    path = folder / f"{'_'.join([name, *flags, str(seed)])}.safetensors"
    save_weights(built.script.make_mirror(built.net), path, words_of(asked, {}))
