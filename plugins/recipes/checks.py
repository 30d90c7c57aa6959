"""Check what a command asks for, before anything is built."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

from brian2_l2l.errors import L2LError
from brian2_l2l.training import check_count, check_positive
from brian2_l2l_plugins.recipes.registry import Presented, Recipe

__all__ = ["check_asked", "check_device", "check_options", "check_seed", "check_writable"]

#: What the seeds of numpy and of torch may be.
SEEDS = 2**32


def check_asked(recipe: Recipe | Presented, flags: Sequence[str], data: Path | None) -> None:
    """Check that a recipe has some flags, that they go together, and that it has its data.

    Raises
    ------
    L2LError
        If not.
    """
    unknown = [flag for flag in flags if flag not in recipe.flags]
    if unknown:
        raise L2LError(f"This task has no --{unknown[0]}.")
    for first, second in _contradictions(recipe, flags):
        raise L2LError(f"--{first} and --{second} contradict each other: leave out one of them.")
    if recipe.data and data is None:
        raise L2LError("This task needs the folder of its data: --data DIR.")
    if data is not None and not recipe.data:
        raise L2LError("This task makes its data by itself: leave out --data.")


def _contradictions(recipe: Recipe | Presented, flags: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield flags of which each gives another value to the same argument."""
    for pair in combinations(flags, 2):
        for one, other in zip(*map(recipe.arguments_of, pair), strict=True):
            if any(one[name] != other[name] for name in one.keys() & other.keys()):
                yield pair


def check_options(recipe: Recipe | Presented, options: Mapping[str, Any]) -> None:
    """Check that options mean something for a recipe, and that numbers are valid.

    Raises
    ------
    L2LError
        If not.
    """
    meaningless = [name for name in options if name not in recipe.options]
    if meaningless:
        raise L2LError(f"{_written(meaningless[0])} means nothing for this task: leave it out.")
    for name in ("iterations", "batch_size", "bits"):
        if name in options:
            check_count(_written(name), options[name])
    if "learning_rate" in options:
        check_positive("--learning-rate", options["learning_rate"])
    if "checkpoint" in options:
        check_writable("--checkpoint", options["checkpoint"])
    elif "resume" in options:
        raise L2LError("--resume needs the file to go on from: --checkpoint FILE.")


def _written(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def check_seed(seed: int) -> None:
    """Raise `L2LError` unless all that is random can have this seed."""
    check_count("--seed", seed, least=0)
    if seed >= SEEDS:
        raise L2LError(f"--seed={seed} must be below 2**32 = {SEEDS}.")


def check_device(recipe: Recipe | Presented, device: str) -> None:
    """Raise `L2LError` if a recipe cannot run on a device of torch."""
    if isinstance(recipe, Presented) and device != "cpu":
        raise L2LError(
            f"--device {device} means nothing for this task, whose network learns while it runs: "
            f"leave it out. To run it on a GPU, take examples/{recipe.script} --device "
            "cuda_standalone."
        )


def check_writable(option: str, path: Path) -> None:
    """Check that the file of an option can be written, in a folder that may have to be made.

    Raises
    ------
    L2LError
        If not.
    """
    try:
        if path.is_dir():
            raise L2LError(f"{option} {path} is a folder. Write the path of a file.")
        folder = next(above for above in path.absolute().parents if above.exists())
        # Files are written beside their place before they take it, with names that are longer.
        with tempfile.NamedTemporaryFile(prefix=f"{path.name}.", suffix=".partial", dir=folder):
            pass
    except OSError as error:
        raise L2LError(
            f"{option} {path} cannot be written ({error.strerror}). Write a path where files can "
            "be made."
        ) from error
