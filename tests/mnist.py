"""The files of MNIST for tests: the original ones where they are, and small ones of random ink."""

import gzip
import hashlib
import os
from pathlib import Path

import numpy as np
import pytest

from brian2_l2l.tasks import mnist

#: Names the folder of the original files.
VARIABLE = "BRIAN2_L2L_MNIST"


def original() -> Path:
    """Return the folder with the original files; skip the test where there is none."""
    beside = Path(__file__).parents[2] / "shared" / "data" / "mnist"
    folder = Path(os.environ.get(VARIABLE) or beside)
    if not folder.is_dir():
        pytest.skip(f"the files of MNIST are not here; name their folder in ${VARIABLE}")
    return folder


def random_ink(rng: np.random.Generator, digits: int) -> np.ndarray:
    """Return pictures of smooth strokes, ``[digit, row, column]``."""
    ink = rng.normal(size=(digits, 28 * 28)).cumsum(axis=1)
    return np.clip(ink * 40, 0, 255).astype(np.uint8).reshape(-1, 28, 28)


def write(path: Path, array: np.ndarray) -> None:
    """Write an array in the format of MNIST, compressed if the name says so."""
    head = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">i4").tobytes()
    with (gzip.open if path.suffix == ".gz" else open)(path, "wb") as file:
        file.write(head + array.astype(np.uint8).tobytes())


def write_small(folder: Path, rng: np.random.Generator, monkeypatch, train=40, test=20) -> None:
    """Write four small files, and let them count as the original ones."""
    for name in mnist.SUMS:
        digits = train if name.startswith("train") else test
        array = random_ink(rng, digits) if "images" in name else np.arange(digits) % 10
        path = folder / (f"{name}.gz" if "images" in name else name)
        write(path, array)
        content = (gzip.open if path.suffix == ".gz" else open)(path, "rb").read()
        monkeypatch.setitem(mnist.SUMS, name, hashlib.sha256(content).hexdigest())
