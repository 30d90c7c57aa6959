"""The example in which a rule in synapses gets its learning rate by backpropagation."""

from pathlib import Path

import numpy as np
import torch
from brian2 import Hz, SpikeMonitor, StateMonitor, TimedArray, ms, prefs

from brian2_l2l_plugins.scripts import load_script

PATH = Path(__file__).parents[2] / "examples/learn_a_learning_rate.py"
NAMES = ("build_network", "make_task", "learn", "errors")


def test_the_rule_learns_faster_after_training():
    prefs.l2l.lowering = "auto"
    example = load_script(PATH, NAMES)
    net, task = example.build_network(), example.make_task()
    before = example.errors(net, task)
    example.learn(net, task, iterations=60, report=None)
    after = example.errors(net, task)
    assert np.median(net["synapses"].rate / Hz) > 1
    assert after[-5:].mean() < 0.6 * before[-5:].mean()
    # What it got to know is the rule, not a function: it does not know the first value.
    assert after[0] > 0.6 * before[0]


def test_brian2_learns_as_the_mirror():
    example = load_script(PATH, NAMES)
    net, task = example.build_network(), example.make_task()
    synapses, neuron = net["synapses"], net["neuron"]
    synapses.rate = 5 * Hz
    mirror = example.l2l.mirror(net, dtype=torch.float64)
    batch = next(task.batches("test", 1))
    record = mirror.run(task.duration, inputs=batch.inputs, record=[("neuron", "y")])
    target, taught = (batch.inputs["neuron", name][:, 0, 0] for name in ("target", "taught"))
    namespace = {
        "targets": TimedArray(target.double().numpy(), dt=1 * ms),
        "teacher": TimedArray(taught.double().numpy(), dt=1 * ms),
    }
    net.add(neuron.run_regularly("target = targets(t); taught = teacher(t)", dt=1 * ms, order=-1))
    step, channel = batch.inputs["stimulus"][:, 0].numpy().nonzero()
    net["stimulus"].set_spikes(channel, step * ms)
    output = StateMonitor(neuron, "y", record=True, when="end")
    spikes = SpikeMonitor(net["stimulus"])
    net.add(output, spikes)
    net.run(task.duration, namespace=namespace)
    assert spikes.num_spikes > 300 and np.abs(synapses.w).max() > 0.05
    np.testing.assert_allclose(output.y[0], record["neuron", "y"][:, 0, 0], atol=1e-9)
