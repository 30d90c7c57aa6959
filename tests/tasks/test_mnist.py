"""The files of MNIST: what is read, what is refused, and what is downloaded."""

import gzip
import io

import numpy as np
import pytest

from brian2_l2l.errors import TrainingError
from brian2_l2l.tasks import download_mnist, load_mnist, mnist
from tests.mnist import original, write_small


def test_the_original_files_are_read():
    train, test = (load_mnist(original(), part) for part in ("train", "test"))
    assert train.pixels.shape == (60000, 28, 28) and test.pixels.shape == (10000, 28, 28)
    assert train.labels[:5].tolist() == [5, 0, 4, 1, 9] and test.labels[0] == 7
    assert np.bincount(train.labels).min() > 5000
    assert train.pixels.max() == 255 and 33 < train.pixels.mean() < 34


def test_compressed_and_other_files_are_read(tmp_path, rng, monkeypatch):
    write_small(tmp_path, rng, monkeypatch)
    digits = load_mnist(str(tmp_path))
    assert digits.pixels.dtype == np.uint8 and digits.pixels.shape == (40, 28, 28)
    assert digits.labels.tolist() == [k % 10 for k in range(40)]
    assert len(load_mnist(tmp_path, "test").labels) == 20


def test_what_is_missing_or_another_file_is_named(tmp_path, rng, monkeypatch):
    with pytest.raises(TrainingError, match="has no file train-images.*download_mnist"):
        load_mnist(tmp_path)
    write_small(tmp_path, rng, monkeypatch)
    path = tmp_path / "train-labels-idx1-ubyte"
    path.write_bytes(path.read_bytes()[:-1] + b"\x07")
    with pytest.raises(TrainingError, match="is not the original train-labels-idx1-ubyte"):
        load_mnist(tmp_path)
    images = tmp_path / "train-images-idx3-ubyte.gz"
    images.write_bytes(images.read_bytes()[:-20])
    with pytest.raises(TrainingError, match="train-images-idx3-ubyte.gz' cannot be read"):
        load_mnist(tmp_path)
    with pytest.raises(TrainingError, match="part='tset' must be one of 'train', 'test'"):
        load_mnist(tmp_path, "tset")


@pytest.fixture
def internet(tmp_path, rng, monkeypatch):
    """Return the files that the second mirror has, by name; the first one does not answer."""
    source = tmp_path / "source"
    source.mkdir()
    write_small(source, rng, monkeypatch)
    plain = {path.stem if path.suffix == ".gz" else path.name: path for path in source.iterdir()}
    files = {
        f"{name}.gz": path.read_bytes() if path.suffix else gzip.compress(path.read_bytes())
        for name, path in plain.items()
    }

    def answer(address, timeout):
        if address.startswith(mnist.MIRRORS[0]):
            raise OSError("no route")
        return io.BytesIO(files[address.removeprefix(mnist.MIRRORS[1])])

    monkeypatch.setattr("urllib.request.urlopen", answer)
    return files


def test_the_files_are_downloaded_once(tmp_path, internet):
    folder = download_mnist(tmp_path / "new" / "folder")
    assert sorted(path.name for path in folder.iterdir()) == sorted(internet)
    assert len(load_mnist(folder).labels) == 40
    internet.clear()
    assert download_mnist(folder) == folder


def test_a_download_that_is_not_the_original_is_refused(tmp_path, internet):
    internet["train-images-idx3-ubyte.gz"] = gzip.compress(b"<html>")
    with pytest.raises(TrainingError, match="what was downloaded is not the original"):
        download_mnist(tmp_path / "new")
    assert not list((tmp_path / "new").iterdir())


def test_without_a_connection_the_way_out_is_named(tmp_path, monkeypatch):
    def fail(address, timeout):
        raise OSError("no route to host")

    monkeypatch.setattr("urllib.request.urlopen", fail)
    with pytest.raises(TrainingError, match="cannot be downloaded.*no route.*by other means"):
        download_mnist(tmp_path)
