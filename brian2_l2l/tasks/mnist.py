"""The handwritten digits of MNIST [1]_, from their four original files.

References
----------
.. [1] LeCun, Bottou, Bengio, Haffner 1998, Proceedings of the IEEE 86:2278
"""

from __future__ import annotations

import gzip
import hashlib
import urllib.request
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import numpy as np

from brian2_l2l.errors import TrainingError

__all__ = ["Digits", "download_mnist", "load_mnist", "split_mnist"]

#: Where the files are found; the first that answers is taken.
MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)

#: The original files without their compression, and their sums of SHA-256.
SUMS = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}

#: What the files of a part begin with.
PARTS = {"train": "train", "test": "t10k"}


@dataclass(frozen=True, eq=False)
class Digits:
    """Pictures and what they show.

    Attributes
    ----------
    pixels : numpy.ndarray of uint8
        ``[digit, row, column]``: amounts of ink, from 0 to 255.
    labels : numpy.ndarray of int64
        ``[digit]``.
    """

    pixels: np.ndarray
    labels: np.ndarray


def load_mnist(folder: str | PathLike, part: str = "train") -> Digits:
    """Read the digits for training, 60,000, or those for testing, 10,000.

    Parameters
    ----------
    folder : str or path
        With the four original files, such as ``train-images-idx3-ubyte.gz``, compressed or not.
    part : {'train', 'test'}

    Raises
    ------
    TrainingError
        If a file is missing or is not the original.
    """
    if part not in PARTS:
        raise TrainingError(f"part={part!r} must be one of {', '.join(map(repr, PARTS))}.")
    pixels, labels = (
        _array(_read(Path(folder), name)) for name in SUMS if name.startswith(PARTS[part])
    )
    return Digits(pixels, labels.astype(np.int64))


def split_mnist(folder: str | PathLike, validation_size: int = 5000) -> dict[str, Digits]:
    """Read all digits as the splits ``'train'``, ``'validation'`` and ``'test'``.

    Parameters
    ----------
    folder : str or path
        See `load_mnist`.
    validation_size : int
        So many of the digits for training, the last ones, are for validation.

    Raises
    ------
    TrainingError
        If the number is not valid, or a file is missing or not the original.
    """
    known, test = (load_mnist(folder, part) for part in ("train", "test"))
    train = len(known.labels) - validation_size
    if not 0 < train <= len(known.labels):
        raise TrainingError(
            f"validation_size={validation_size} must be from 0 to {len(known.labels) - 1}."
        )
    return {
        "train": Digits(known.pixels[:train], known.labels[:train]),
        "validation": Digits(known.pixels[train:], known.labels[train:]),
        "test": test,
    }


def download_mnist(folder: str | PathLike) -> Path:
    """Bring the four original files, 11 MB, to a folder; files that are there stay.

    Parameters
    ----------
    folder : str or path
        Is made if it is not there.

    Returns
    -------
    folder : Path

    Raises
    ------
    TrainingError
        If a file cannot be had, or is not the original.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name in SUMS:
        if _find(folder, name) is None:
            content = _fetch(name)
            _checked(gzip.decompress(content), name, "what was downloaded")
            (folder / f"{name}.gz").write_bytes(content)
    return folder


def _fetch(name: str) -> bytes:
    reasons = []
    for mirror in MIRRORS:
        try:
            with urllib.request.urlopen(f"{mirror}{name}.gz", timeout=30) as answer:
                return answer.read()
        except OSError as error:
            reasons.append(f"{mirror}: {error}")
    raise TrainingError(
        f"{name}.gz cannot be downloaded ({'; '.join(reasons)}). Bring the four original files of "
        "MNIST to a folder of this machine by other means, and name that folder."
    )


def _find(folder: Path, name: str) -> Path | None:
    found = (folder / f"{name}.gz", folder / name)
    return next((path for path in found if path.is_file()), None)


def _read(folder: Path, name: str) -> bytes:
    path = _find(folder, name)
    if path is None:
        raise TrainingError(
            f"'{folder}' has no file {name} or {name}.gz. Name the folder with the four original "
            "files of MNIST; brian2_l2l.tasks.download_mnist(folder) brings them there."
        )
    with (gzip.open if path.suffix == ".gz" else open)(path, "rb") as file:
        try:
            content = file.read()
        except (OSError, EOFError) as error:
            raise TrainingError(f"'{path}' cannot be read: {error}.") from error
    return _checked(content, name, f"'{path}'")


def _checked(content: bytes, name: str, what: str) -> bytes:
    if hashlib.sha256(content).hexdigest() != SUMS[name]:
        raise TrainingError(
            f"{what} is not the original {name}: its sum of SHA-256 is another one. Remove it, and "
            "let brian2_l2l.tasks.download_mnist(folder) bring the original."
        )
    return content


def _array(content: bytes) -> np.ndarray:
    # The format IDX: two zeros, the type (8: bytes), the number of axes; then the axes' lengths.
    axes = content[3]
    shape = np.frombuffer(content, ">i4", axes, offset=4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * axes).reshape(shape)
