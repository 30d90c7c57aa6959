"""Train a small network, in as many processes as there are, and write what came out."""

import sys
from pathlib import Path

import numpy as np
import torch
from brian2 import Network, NeuronGroup, SpikeGeneratorGroup, Synapses, ms, prefs
from torch import distributed

import brian2_l2l as l2l
from brian2_l2l.training import Examples, SupervisedTask
from tests.mirror.trainable_networks import simple_cells

INPUTS, CELLS, CLASSES, TRIALS = 12, 10, 3, 22


def build_mirror(random):
    """Return the mirror of a recurrent network with sparse connections and a readout."""
    source = SpikeGeneratorGroup(INPUTS, [], [] * ms, name="source", dt=1 * ms)
    cells = simple_cells(CELLS)
    readout = NeuronGroup(
        CLASSES, "dy/dt = -y/(10*ms) : 1", method="exact", name="readout", dt=1 * ms
    )
    built = []
    for name, group, target, variable in (
        ("S_in", source, cells, "v"),
        ("S_rec", cells, cells, "v"),
        ("S_out", cells, readout, "y"),
    ):
        synapses = Synapses(
            group, target, "w : 1", on_pre=f"{variable}_post += w", name=name, dt=1 * ms
        )
        places = random.permutation(len(group) * len(target))[: 4 * len(group)]
        i, j = np.divmod(places, len(target))
        apart = (i != j) | (group is not target)
        synapses.connect(i=i[apart], j=j[apart])
        synapses.w = np.abs(random.normal(0.3, 0.1, len(synapses))) * random.choice(
            [-1, 1], len(synapses), p=[0.2, 0.8]
        )
        built.append(synapses)
    net = Network(source, cells, readout, built)
    trained = [(synapses, "w") for synapses in built]
    return l2l.mirror(net, trained, batch_size=8, surrogate_scale=1.0, dtype=torch.float64)


def build_task(random):
    """Return a task of random spikes; its last batch has six trials."""
    spikes = torch.from_numpy(random.random((40, TRIALS, INPUTS)) < 0.25)
    classes = torch.from_numpy(random.integers(0, CLASSES, TRIALS))
    examples = {"train": Examples({"source": spikes}, classes)}
    examples["validation"] = examples["train"]
    return SupervisedTask(40 * ms, examples, ("readout", "y"))


def main(rewiring: str, seed: str, folder: str) -> None:
    """Train, and write the weights, the history and the connections."""
    prefs.codegen.target = "numpy"
    torch.set_num_threads(1)
    distributed.init_process_group("gloo")
    random = np.random.default_rng(int(seed))
    mirror, task = build_mirror(random), build_task(random)
    checkpoint = Path(folder, "checkpoint")
    options = {"l1": 2.0} if rewiring == "deep_r" else None
    result = l2l.train(
        mirror,
        task,
        "bptt",
        rewiring=None if rewiring == "none" else rewiring,
        rewiring_options=options,
        learning_rate=0.02,
        epochs=3,
        seed=5,
        evaluate_every=3,
        checkpoint=checkpoint,
        report=None,
    )
    rank = distributed.get_rank()
    rows = [{k: float(v) for k, v in row.items()} for row in result.history]
    torch.save({"state": mirror.state_dict(), "history": rows}, Path(folder, f"{rank}.pt"))
    distributed.destroy_process_group()


if __name__ == "__main__":
    main(*sys.argv[1:])
