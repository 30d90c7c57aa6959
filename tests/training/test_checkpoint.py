"""Checkpoints and weights on disk."""

import collections

import pytest
import torch

from brian2_l2l.errors import TrainingError
from brian2_l2l.training import load_weights, read_words, save_weights
from brian2_l2l.training.checkpoint import FORMAT, atomic_path, load_checkpoint, save_checkpoint
from tests.training.standin import StandIn, same_state


class Custom:
    """Something that cannot be loaded without running code."""


def test_what_is_saved_is_loaded(tmp_path):
    path = tmp_path / "folder" / "checkpoint"
    content = {
        "tensor": torch.arange(3, dtype=torch.float64),
        "plain": [1, 2.5, "text", None, True, (1, 2), {"key": -1}],
        "counter": collections.Counter([3, 3, 5]),
    }
    save_checkpoint(path, content)
    loaded = load_checkpoint(path)
    assert torch.equal(loaded["tensor"], content["tensor"])
    assert loaded["tensor"].dtype == torch.float64
    assert loaded["plain"] == content["plain"]
    assert loaded["counter"] == content["counter"]
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("value", [Custom(), lambda: None, Custom])
def test_what_could_not_be_loaded_is_refused_and_the_old_file_stays(tmp_path, value):
    path = tmp_path / "checkpoint"
    save_checkpoint(path, {"value": 1})
    with pytest.raises(TrainingError, match="was not written.*A state_dict may hold"):
        save_checkpoint(path, {"value": value})
    assert load_checkpoint(path)["value"] == 1
    assert list(tmp_path.iterdir()) == [path]


def test_a_write_that_fails_leaves_the_old_file(tmp_path):
    path = tmp_path / "file"
    path.write_text("old")
    with pytest.raises(OSError), atomic_path(path) as partial:
        partial.write_text("half")
        raise OSError("disk full")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_files_that_are_no_checkpoints_are_named(tmp_path):
    path = tmp_path / "checkpoint"
    with pytest.raises(TrainingError, match="no checkpoint .*resume=False"):
        load_checkpoint(path)
    path.write_bytes(b"not a checkpoint")
    with pytest.raises(TrainingError, match="cannot be read as a checkpoint"):
        load_checkpoint(path)
    torch.save({"format": 999}, path)
    with pytest.raises(TrainingError, match=f"format 999, this version reads {FORMAT}"):
        load_checkpoint(path)
    torch.save([1, 2], path)
    with pytest.raises(TrainingError, match="format None"):
        load_checkpoint(path)
    save_checkpoint(path, {"value": torch.arange(1000)})
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(TrainingError, match="cannot be read as a checkpoint"):
        load_checkpoint(path)


def test_loading_runs_no_code(tmp_path):
    path = tmp_path / "checkpoint"
    torch.save({"format": FORMAT, "value": Custom()}, path)
    with pytest.raises(TrainingError, match="cannot be read as a checkpoint"):
        load_checkpoint(path)


def test_weights(tmp_path):
    path = tmp_path / "weights.safetensors"
    mirror, other = StandIn(seed=1), StandIn(seed=2)
    save_weights(mirror, path, {"asked": "for"})
    assert read_words(path) == {"asked": "for"}
    assert not same_state(mirror, other)
    load_weights(other, path)
    assert same_state(mirror, other)
    with pytest.raises(TrainingError, match="(?s)do not fit the mirror.*w_in"):
        load_weights(StandIn(hidden=5), path)
    with pytest.raises(TrainingError, match="No weights can be read from"):
        load_weights(other, tmp_path / "missing")
    with pytest.raises(TrainingError, match="No weights can be read from"):
        read_words(tmp_path / "missing")
    path.write_bytes(b"something else")
    with pytest.raises(TrainingError, match="No weights can be read from"):
        load_weights(other, path)
