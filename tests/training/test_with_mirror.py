"""Training and resuming with a mirror of a real Brian2 network, noise included."""

import numpy as np
import pytest
import torch
from brian2 import Hz, Network, NeuronGroup, SpikeGeneratorGroup, Synapses, defaultclock, ms

import brian2_l2l as l2l
from brian2_l2l import models
from brian2_l2l.errors import TrainingError
from brian2_l2l.training import SupervisedTask, evaluate, train
from tests.training.standin import examples, same_state

CHANNELS, HIDDEN, CLASSES = 12, 16, 3

OPTIONS = {
    "report": None,
    "learning_rate": 0.02,
    "schedule": "StepLR",
    "schedule_options": {"step_size": 3},
    "rate_groups": ["hidden"],
    "rate_target": 30 * Hz,
    "rate_weight": 0.1 * ms**2,
    "evaluate_every": 2,
    "restore_best": True,
}


def make_network(tau=10 * ms) -> Network:
    defaultclock.dt = 1 * ms
    stimulus = SpikeGeneratorGroup(CHANNELS, [], [] * ms, name="stimulus")
    lif = models.lif(tau_m=tau, v_threshold=1, v_reset=0, v_rest=0)
    noise = "dv/dt = -v/tau_m + 0.1*xi*tau_m**-0.5 : 1 (unless refractory)"
    lif = lif.with_(equations=noise, method="euler")
    hidden = NeuronGroup(HIDDEN, **lif.group_arguments(), name="hidden")
    readout = NeuronGroup(CLASSES, **models.leaky_readout().group_arguments(), name="readout")
    w_in = Synapses(stimulus, hidden, "w : 1", on_pre="v_post += w", name="w_in")
    w_out = Synapses(hidden, readout, "w : 1", on_pre="y_post += w", name="w_out")
    generator = np.random.default_rng(3)
    for synapses, scale in ((w_in, 0.5), (w_out, 0.1)):
        synapses.connect()
        synapses.w = scale * generator.random(len(synapses))
    return Network(stimulus, hidden, readout, w_in, w_out)


def make_mirror(net):
    return l2l.mirror(net, trainable=[("w_in", "w"), ("w_out", "w")], batch_size=10)


@pytest.fixture
def task():
    splits = {"train": (50, 1), "validation": (20, 2)}
    made = {name: examples(trials, seed) for name, (trials, seed) in splits.items()}
    return SupervisedTask(duration=30 * ms, readout=("readout", "y"), examples=made)


def rate_of(mirror, task):
    key = ("hidden", "spikes", "mean")
    inputs = task.examples["train"].inputs
    with torch.no_grad():
        return float(mirror.run(task.duration, inputs=inputs, record=[key])[key].mean())


@pytest.mark.parametrize("stop", [2, 5, 7])
def test_a_resumed_training_equals_one_without_a_stop(tmp_path, task, stop):
    net, checkpoint = make_network(), tmp_path / "checkpoint"
    straight, resumed = make_mirror(net), make_mirror(net)
    assert 0.01 < rate_of(straight, task) < 0.25
    wanted = train(straight, task, "bptt", iterations=9, seed=4, **OPTIONS)

    def interrupt(elapsed, completed, row):
        if row["iteration"] == stop:
            raise KeyboardInterrupt

    options = {**OPTIONS, "seed": 4, "iterations": 9, "checkpoint": checkpoint}
    with pytest.raises(KeyboardInterrupt):
        train(make_mirror(net), task, "bptt", **{**options, "report": interrupt})
    torch.manual_seed(99)
    np.random.seed(99)
    assert not same_state(straight, resumed)
    assert train(resumed, task, "bptt", resume=True, **options) == wanted
    assert same_state(straight, resumed)


def test_a_network_with_other_constants_cannot_resume(tmp_path, task):
    options = {**OPTIONS, "iterations": 2, "checkpoint": tmp_path / "checkpoint", "seed": 4}
    train(make_mirror(make_network()), task, "bptt", **options)
    with pytest.raises(TrainingError, match="settings differ: what the network is made of is"):
        train(make_mirror(make_network(tau=12 * ms)), task, "bptt", resume=True, **options)


def test_it_learns_and_writes_back(task):
    net = make_network()
    mirror = make_mirror(net)
    before = evaluate(mirror, task, "validation")
    start = net["w_in"].w[:].copy()
    result = train(mirror, task, "bptt", report=None, epochs=20, learning_rate=0.02, seed=1)
    after = evaluate(mirror, task, "validation")
    assert 0.01 < rate_of(mirror, task) < 0.25
    assert before["accuracy"] < 0.7 <= 0.85 <= after["accuracy"]
    assert result.iterations == 100
    np.testing.assert_array_equal(net["w_in"].w[:], start)
    mirror.write_back()
    weights = mirror.state_dict()["values.w_in.w"]
    np.testing.assert_allclose(net["w_in"].w[:], weights.numpy(), rtol=1e-6)
    assert not np.allclose(net["w_in"].w[:], start)
