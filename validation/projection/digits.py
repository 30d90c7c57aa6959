"""MNIST, read from its four original files, compressed or not."""

import gzip
from dataclasses import dataclass
from pathlib import Path

import numpy as np

#: What each file's name begins with.
IMAGES, LABELS = "train-images", "train-labels"


@dataclass(frozen=True)
class Digits:
    """
    Pictures and what they show.

    Attributes
    ----------
    pixels : numpy.ndarray of float32
        Amounts of ink from 0 to 1, row by row, ``[digit, pixel]``.
    labels : numpy.ndarray of int64
        ``[digit]``.
    """

    pixels: np.ndarray
    labels: np.ndarray


def load_digits(folder: Path) -> Digits:
    """
    Read the digits for training.

    Parameters
    ----------
    folder : Path
        With the original files, such as ``train-images-idx3-ubyte.gz``.

    Raises
    ------
    FileNotFoundError
        If a file is not there.
    """
    images, labels = (read_idx(_find(folder, name)) for name in (IMAGES, LABELS))
    pixels = images.reshape(len(images), -1).astype(np.float32) / 255
    return Digits(pixels, labels.astype(np.int64))


def _find(folder, name):
    found = sorted(folder.glob(f"{name}*ubyte*"))
    if not found:
        raise FileNotFoundError(f"{folder} has no file {name}-idx*-ubyte or {name}-idx*-ubyte.gz")
    return found[0]


def read_idx(path: Path) -> np.ndarray:
    """
    Read an array of bytes in the format IDX.

    Parameters
    ----------
    path : Path
        Of a file, compressed if its name ends with ``.gz``.

    Raises
    ------
    ValueError
        If it is not such a file.
    """
    with (gzip.open if path.suffix == ".gz" else open)(path, "rb") as file:
        content = file.read()
    # Two zeros, the type (8: bytes), the number of axes; then the axes' lengths.
    if content[:3] != b"\0\0\x08":
        raise ValueError(f"{path.name} is no IDX file of bytes")
    axes = content[3]
    shape = np.frombuffer(content, ">i4", axes, offset=4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * axes).reshape(shape)
