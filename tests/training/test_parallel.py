"""Processes that train together do what one process does."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch

from brian2_l2l.errors import TrainingError
from brian2_l2l.training import Batch
from brian2_l2l.training.shares import share_of

ROOT = Path(__file__).parents[2]


def train(processes, rewiring, seed, folder):
    """Train in some processes, and return what each of them has in the end."""
    folder.mkdir()
    command = ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
    script = ["-m", "tests.training.trains_together", rewiring, str(seed), str(folder)]
    done = subprocess.run(
        [sys.executable, *command, *script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-4000:]
    assert (folder / "checkpoint").is_file()
    return [torch.load(folder / f"{rank}.pt") for rank in range(processes)]


@pytest.mark.parametrize("rewiring", ["none", "deep_r"])
def test_two_processes_train_as_one(rewiring, seed, tmp_path):
    (alone,) = train(1, rewiring, seed, tmp_path / "one")
    both = train(2, rewiring, seed, tmp_path / "two")
    assert any(row["train_loss"] > 0.01 for row in alone["history"])
    for found in both:
        assert found["state"].keys() == alone["state"].keys()
        for name, values in alone["state"].items():
            torch.testing.assert_close(found["state"][name], values, rtol=1e-9, atol=1e-12)
        assert len(found["history"]) == len(alone["history"]) == 9
        for row, expected in zip(found["history"], alone["history"], strict=True):
            assert row == pytest.approx(expected, rel=1e-9, nan_ok=True)
    moved = [name for name in alone["state"] if name.startswith("moved")]
    assert bool(moved) == (rewiring == "deep_r")


@dataclass(frozen=True)
class Pair:
    """Targets of two kinds."""

    labels: torch.Tensor
    course: torch.Tensor


def test_a_share_has_its_trials_of_everything():
    inputs = torch.arange(3 * 7 * 2).reshape(3, 7, 2)
    labels, course = torch.arange(7), torch.arange(5 * 7).reshape(5, 7)
    batch = Batch({"source": inputs}, Pair(labels, course))
    shares = [share_of(batch, k, 2) for k in range(2)]
    assert [share.size for share in shares] == [4, 3]
    for k, share in enumerate(shares):
        assert torch.equal(share.inputs["source"], inputs[:, k::2])
        assert torch.equal(share.targets.labels, labels[k::2])
        assert torch.equal(share.targets.course, course[:, k::2])


def test_start_values_of_a_share_are_those_of_its_trials():
    inputs, values = torch.zeros(3, 4, 2), torch.arange(12).reshape(4, 3)
    start = {("cells", "v"): values, ("cells", "b"): 0.5, ("cells", "c"): values[0]}
    initial = share_of(Batch({"source": inputs}, torch.arange(4), start), 1, 2).initial
    assert torch.equal(initial["cells", "v"], values[1::2])
    assert initial["cells", "b"] == 0.5 and torch.equal(initial["cells", "c"], values[0])


def test_what_cannot_be_split():
    batch = Batch({"source": torch.zeros(3, 4, 2)}, ["a", "b", "c", "d"])
    with pytest.raises(TrainingError, match="cannot be split among processes: they are list"):
        share_of(batch, 0, 2)
    batch = Batch({"source": torch.zeros(3, 4, 2)}, torch.zeros(4, 4))
    with pytest.raises(TrainingError, match=r"they are \[4, 4\]"):
        share_of(batch, 0, 2)
    with pytest.raises(TrainingError, match="4 trials cannot be split among 5"):
        share_of(batch, 0, 5)
