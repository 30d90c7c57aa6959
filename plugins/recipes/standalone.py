"""Run trials of a recipe in Brian2's C++ standalone, in a process of its own.

A device of Brian2 is for a whole process: this one keeps the runtime device. The trials follow one
another in a single run. Between two of them is a pause in which all states are held at zero, so
that each trial starts as the first one does.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from brian2 import (
    Network,
    NeuronGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    defaultclock,
    device,
    set_device,
)

from brian2_l2l import training
from brian2_l2l.errors import L2LError
from brian2_l2l_plugins.recipes.building import Built
from brian2_l2l_plugins.recipes.registry import find_recipe
from brian2_l2l_plugins.scripts import find_script, load_script
from brian2_l2l_plugins.standalone import check_compiler, run_process

__all__ = ["check_comparable", "compare"]

#: The time steps of the pause after the last event has arrived, more than neurons are refractory.
PAUSE = 20


def check_comparable(asked: Mapping[str, Any]) -> None:
    """Check that trials can run as a C++ program.

    Parameters
    ----------
    asked : dict
        What the weights were made with; see `compare`.

    Raises
    ------
    L2LError
        If the network acts, for its C++ program cannot.
    StandaloneError
        If there is no C++ compiler.
    """
    if find_recipe(asked["recipe"]).answers is None:
        raise L2LError(
            f"In the task {asked['recipe']!r} the network acts, which a C++ program of Brian2 "
            "cannot let it do. Leave out --standalone."
        )
    check_compiler()


def compare(built: Built, weights: Path, asked: Mapping[str, Any], split: str, trials: int) -> int:
    """Run trials in the mirror, in double precision, and as a C++ program; print what differs.

    Parameters
    ----------
    built : Built
        Its network gets the weights.
    weights : Path
    asked : dict
        What the weights were made with: ``'recipe'``, ``'flags'`` and ``'seed'``.
    split : str
    trials : int

    Returns
    -------
    exit_code : int
        0 if all trials have the same answer and the same spikes, else 1.

    Raises
    ------
    StandaloneError
        If the program cannot be built or run.
    """
    recipe = find_recipe(asked["recipe"])
    mirror = built.script.make_mirror(built.net, dtype=torch.float64)
    training.load_weights(mirror, weights)
    mirror.write_back()
    batch = next(built.task.batches(split, trials))
    readout = built.task.readout
    spiking = [(group.name, "spikes", "sum") for group in _spiking(built.net)]
    with torch.no_grad():
        record = training.run_batch(mirror, built.task, batch, spiking)
    ours = record[readout]
    counts = np.array([float(record[key].sum()) for key in spiking])
    theirs, their_counts = _run(built.net, asked, batch.inputs, ours.shape)
    scores = built.task.metrics({readout: torch.from_numpy(theirs)}, batch.targets)
    same = recipe.answers(built.task, ours, batch) == recipe.answers(
        built.task, torch.from_numpy(theirs), batch
    )
    print(
        f"C++ standalone, {ours.shape[1]} trials: "
        + ", ".join(f"{name} {value.value:.4f}" for name, value in scores.items())
        + f"; {int(same.sum())} of {len(same)} answers are those of the mirror in float64, "
        f"{their_counts.sum():.0f} of {counts.sum():.0f} spikes"
    )
    return 0 if bool(same.all()) and np.array_equal(counts, their_counts) else 1


def _spiking(net: Network) -> list[NeuronGroup]:
    groups = [obj for obj in net.objects if isinstance(obj, NeuronGroup)]
    return sorted((g for g in groups if "spike" in g.events), key=lambda group: group.name)


def _run(net: Network, asked, inputs, shape) -> tuple[np.ndarray, np.ndarray]:
    """Return the readout ``[time, trial, neuron]`` of the program, and the spikes of each group."""
    steps, trials, _ = shape
    (spikes,) = inputs.values()
    step, trial, channel = (index.numpy() for index in spikes.nonzero(as_tuple=True))
    order = np.lexsort((channel, step, trial))
    trained = _trained(net)
    arrays = {f"trained {name}": values for name, values in trained.items()}
    period = steps + PAUSE + _longest_delay(trained)
    times = (trial * period + step)[order]
    with tempfile.TemporaryDirectory(prefix="brian2_l2l_recipe_") as folder:
        request, answer = Path(folder, "request.npz"), Path(folder, "answer.npz")
        sizes = {"steps": steps, "trials": trials, "period": period}
        np.savez(request, channel=channel[order], times=times, **sizes, **arrays)
        run_process(__name__, json.dumps(asked), request, answer)
        with np.load(answer) as found:
            return found["readout"], found["counts"]


def _trained(net: Network) -> dict[str, np.ndarray]:
    """Return what the script needs to make the same network again."""
    found = {}
    for obj in net.objects:
        if isinstance(obj, Synapses):
            names = ("i", "j", "w", "delay")
            found |= {f"{obj.name}.{name}": np.array(getattr(obj, name)[:]) for name in names}
        elif isinstance(obj, NeuronGroup) and "bias" in obj.variables:
            found[f"{obj.name}.bias"] = np.array(obj.bias[:])
    return found


def _longest_delay(trained: Mapping[str, np.ndarray]) -> int:
    delays = [values for name, values in trained.items() if name.endswith(".delay")]
    return round(max(values.max(initial=0) for values in delays) / float(defaultclock.dt))


def main(asked: str, request: str, answer: str) -> None:
    """Answer the request in a file; the last two arguments are paths."""
    wanted = json.loads(asked)
    recipe = find_recipe(wanted["recipe"])
    with np.load(request) as arrays:
        given = dict(arrays)
    steps, trials, period = (int(given.pop(name)) for name in ("steps", "trials", "period"))
    channel, times = given.pop("channel"), given.pop("times")
    trained = {name.removeprefix("trained "): values for name, values in given.items()}
    folder = str(Path(answer).parent / "program")
    set_device("cpp_standalone", build_on_run=False, directory=folder)
    script = load_script(find_script(recipe.script), recipe.NAMES)
    building, _ = recipe.arguments(wanted["flags"])
    net = script.build_network(np.random.default_rng(wanted["seed"]), trained=trained, **building)
    net["stimulus"].set_spikes(channel, times * defaultclock.dt)
    _hold_in_pauses(net, steps, period)
    output = StateMonitor(net["readout"], "y", record=True, when="end")
    counts = [SpikeMonitor(group, record=False) for group in _spiking(net)]
    net.add(output, *counts)
    net.run(trials * period * defaultclock.dt, namespace=vars(script))
    print("Building and running the C++ program", file=sys.stderr, flush=True)
    device.build(directory=folder)
    values = np.array(output.y).T.reshape(trials, period, -1)[:, :steps].swapaxes(0, 1)
    np.savez(answer, readout=values, counts=np.array([m.num_spikes for m in counts], float))


def _hold_in_pauses(net: Network, steps: int, period: int) -> None:
    """Let all states be zero in the pauses and at the start of each trial."""
    for group in [obj for obj in net.objects if isinstance(obj, NeuronGroup)]:
        states = group.equations.diff_eq_names
        place = f"(timestep(t, dt) % {period})"
        keep = f"int({place} > 0)*int({place} < {steps})"
        net.add(group.run_regularly("\n".join(f"{name} *= {keep}" for name in sorted(states))))


if __name__ == "__main__":
    main(*sys.argv[1:])
