"""How far a training run has come, in a checkpoint and out of it."""

import numpy as np
import torch

from brian2_l2l.training.checkpoint import load_checkpoint, save_checkpoint
from brian2_l2l.training.progress import Progress


def test_a_checkpoint_gives_the_history_back_to_the_bit(rng, tmp_path):
    progress = Progress(best=float("nan"), best_state={"w": torch.arange(3.0)})
    numbers = [*rng.normal(size=20).tolist(), 1e-320, -0.0, float("inf"), 0.1 + 0.2]
    for number in numbers:
        progress.complete(1, {"train_loss": number, "rate": torch.tensor(0.5), "neurons": 3})
    progress.history[-1]["validation_loss"] = np.float64(1 / 3)
    save_checkpoint(tmp_path / "checkpoint", {"progress": progress.state_dict()})
    found = Progress.restored(load_checkpoint(tmp_path / "checkpoint")["progress"])
    assert found.history == [{**row, "rate": 0.5} for row in progress.history]
    # Zeros of both signs are equal.
    assert repr([row["train_loss"] for row in found.history]) == repr(numbers)
    assert found.iteration == len(numbers) and np.isnan(found.best)
    assert torch.equal(found.best_state["w"], progress.best_state["w"])
