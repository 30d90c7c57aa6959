"""Checkpoints and weights on disk: written whole or not at all."""

from __future__ import annotations

import os
import pickle
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from brian2.utils.logger import get_logger
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file

from brian2_l2l.errors import TrainingError

logger = get_logger(__name__)

FORMAT = 2


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Give a file to write that takes the place of `path` only when the block ends well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    try:
        yield partial
        with open(partial, "rb+") as file:
            os.fsync(file.fileno())
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def save_checkpoint(path: str | Path, content: Mapping[str, Any]) -> None:
    """Write a checkpoint.

    The file is read back before it takes the place of the previous one, so that what lies at
    `path` can always be loaded.

    Parameters
    ----------
    path : path
        The file; its folder is made where it is missing.
    content : dict
        Tensors, numbers, texts, and lists, tuples, sets and dicts of them.

    Raises
    ------
    TrainingError
        If `content` holds something else.
    """
    with atomic_path(Path(path)) as partial:
        try:
            torch.save({"format": FORMAT, **content}, partial)
            torch.load(partial, map_location="cpu", weights_only=True)
        except (pickle.PickleError, AttributeError, TypeError) as error:
            raise TrainingError(
                f"The checkpoint {path} was not written, because it would hold something that "
                "cannot be loaded safely. A state_dict may hold tensors, numbers, texts, and "
                f"lists, tuples, sets and dicts of them. torch says: {error}"
            ) from error


def check_checkpoint_path(path: Any, example: str) -> None:
    """Raise `TrainingError` unless this can be the path of a checkpoint."""
    if not isinstance(path, str | Path) or Path(path).is_dir():
        raise TrainingError(f"checkpoint={path!r} must be the path of a file, such as {example!r}.")


def set_aside(path: Path, run: str) -> None:
    """Rename the checkpoint of an earlier run, and warn of it.

    Parameters
    ----------
    path : Path
    run : str
        What starts anew.
    """
    previous = path.with_name(f"{path.name}.previous")
    path.replace(previous)
    logger.warn(
        f"The checkpoint {path} of an earlier run was moved to {previous}, because {run} starts "
        "anew. To go on from it, move it back and give resume=True.",
        name_suffix="moved",
    )


def load_checkpoint(path: str | Path) -> dict[str, Any]:
    """Read a checkpoint, without running any code it may hold.

    Raises
    ------
    TrainingError
        If there is no such file, or it is not a checkpoint of this version.
    """
    path = Path(path)
    if not path.is_file():
        raise TrainingError(
            f"There is no checkpoint {path} to resume from. Start with resume=False."
        )
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    # Bytes that are no checkpoint at all can end the reader of pickles in any of these ways.
    except (pickle.UnpicklingError, RuntimeError, EOFError, LookupError, ValueError) as error:
        raise TrainingError(f"{path} cannot be read as a checkpoint: {error}") from error
    found = content.get("format") if isinstance(content, dict) else None
    if found != FORMAT:
        raise TrainingError(
            f"{path} is not a checkpoint of this version of brian2_l2l (format {found!r}, this "
            f"version reads {FORMAT}). Train again with resume=False."
        )
    return content


def save_weights(
    mirror: torch.nn.Module, path: str | Path, words: Mapping[str, str] | None = None
) -> None:
    """Write the ``state_dict`` of a mirror as a safetensors file.

    Parameters
    ----------
    mirror : Mirror
    path : str or path
    words : dict of str to str, optional
        What else the file says, see `read_words`.
    """
    tensors = {
        name: value.detach().cpu().contiguous() for name, value in mirror.state_dict().items()
    }
    with atomic_path(Path(path)) as partial:
        save_file(tensors, partial, metadata=dict(words or {}))


def read_words(path: str | Path) -> dict[str, str]:
    """Return what a file of weights says besides, see `save_weights`.

    Raises
    ------
    TrainingError
        If the file cannot be read.
    """
    try:
        with safe_open(str(path), "pt") as file:
            return dict(file.metadata() or {})
    except (OSError, SafetensorError) as error:
        raise TrainingError(f"No weights can be read from {path}: {error}") from error


def load_weights(mirror: torch.nn.Module, path: str | Path) -> None:
    """Load what `save_weights` wrote into a mirror of the same network.

    Raises
    ------
    TrainingError
        If the file cannot be read, or its names or shapes are not those of the mirror.
    """
    try:
        mirror.load_state_dict(load_file(Path(path)))
    except (OSError, SafetensorError) as error:
        raise TrainingError(f"No weights can be read from {path}: {error}") from error
    except RuntimeError as error:
        raise TrainingError(f"The weights in {path} do not fit the mirror: {error}") from error
