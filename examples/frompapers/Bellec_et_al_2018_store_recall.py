"""Remember a bit until it is asked for
====================================

A recurrent network of ten integrate-and-fire neurons and ten with an adaptive threshold sees a
stream of bits, one every 200 ms. A command says that the present bit is to be stored, and another
one, up to two seconds later, that it is to be recalled. No synapse and no membrane remembers that
long; the thresholds of the adaptive neurons do.

Backpropagation through time trains all weights, and the trained network answers in Brian2 itself.
``--lif`` takes neurons without adaptation, which do not learn it. The task is that of Bellec,
Salaj, Subramoney, Legenstein, Maass 2018, NeurIPS, arXiv 1803.09574.
"""

import argparse

import torch
from brian2 import *

import brian2_l2l as l2l
from brian2_l2l.tasks import StoreRecallTask

INPUTS, REGULAR, ADAPTIVE = 100, 10, 10
PARAMETERS = {"tau_m": 20 * ms, "tau_a": 1200 * ms, "tau_out": 20 * ms}


def build_network(random, adaptive=True, trained=None):
    """Return the network with random weights, or with those that were trained."""
    defaultclock.dt = 1 * ms
    stimulus = SpikeGeneratorGroup(INPUTS, [], [] * ms, name="stimulus")
    neurons = NeuronGroup(
        REGULAR + ADAPTIVE,
        """
        dv/dt = -v/tau_m : 1
        db/dt = -b/tau_a : 1
        B = 1 + beta*b : 1
        beta : 1 (constant)
        """,
        threshold="v > B",
        reset="v -= B; b += 1",
        refractory=5 * ms,
        method="exact",
        namespace=PARAMETERS,
        name="neurons",
    )
    if adaptive:
        neurons.beta[REGULAR:] = 0.14
    readout = NeuronGroup(
        2, "dy/dt = -y/tau_out : 1", method="exact", namespace=PARAMETERS, name="readout"
    )
    S_in = Synapses(stimulus, neurons, "w : 1", on_pre="v_post += w", name="S_in")
    S_rec = Synapses(neurons, neurons, "w : 1", on_pre="v_post += w", name="S_rec")
    S_out = Synapses(neurons, readout, "w : 1", on_pre="y_post += w", name="S_out")
    S_in.connect()
    S_rec.connect(condition="i != j")
    S_out.connect()
    for synapses, strength in ((S_in, 0.5), (S_rec, 1.0), (S_out, 0.2)):
        if trained is None:
            synapses.w = random.normal(0, strength, len(synapses))
        else:
            synapses.w = trained[f"{synapses.name}.w"]
    spikes = SpikeMonitor(neurons, name="spikes")
    state = StateMonitor(neurons, "B", record=True, when="end", name="thresholds")
    output = StateMonitor(readout, "y", record=True, when="end", name="output")
    return Network(stimulus, neurons, readout, S_in, S_rec, S_out, spikes, state, output)


def make_mirror(net, **options):
    """Return the mirror of the network, in which all weights are trained."""
    weights = [(net[name], "w") for name in ("S_in", "S_rec", "S_out")]
    return l2l.mirror(net, weights, batch_size=128, surrogate="triangular", **options)


def learn(mirror, task, seed, iterations=200, learning_rate=0.02, report="text", **options):
    """Train, bring the weights back to Brian2, and return what happened."""
    result = l2l.train(
        mirror,
        task,
        "bptt",
        learning_rate=learning_rate,
        rate_groups=["neurons"],
        rate_target=10 * Hz,
        rate_weight=1 * ms**2,
        iterations=iterations,
        evaluate_every=20,
        restore_best=True,
        early_stopping="validation_error",
        seed=seed,
        report=report,
        **options,
    )
    mirror.write_back()
    return result


def run_trial(net, task, trial=0):
    """Run a test trial in Brian2; return its batch, and the part of the answers that are wrong."""
    batch = next(task.batches("test", trial + 1))
    step, neuron = batch.inputs["stimulus"][:, trial].numpy().nonzero()
    net["stimulus"].set_spikes(neuron, step * task.dt)
    net.run(task.duration)
    outputs = torch.from_numpy(net["output"].y.T[:, np.newaxis].copy())
    asked = batch.targets.recall[:, trial]
    answers = task.scores({task.readout: outputs})[:, 0].argmax(-1)
    wrong = answers[asked] != batch.targets.bits[asked, trial]
    return batch, float(wrong.double().mean())


def show(net, task, batch, trial=0):
    """Draw the inputs, the spikes, the adaptive thresholds and the readout of a trial."""
    figure, (top, middle, lower, bottom) = plt.subplots(
        4, 1, figsize=(10, 8), sharex=True, height_ratios=(3, 2, 2, 1), layout="constrained"
    )
    task.draw(top, batch, trial)
    middle.plot(net["spikes"].t / ms, net["spikes"].i, "|k", markersize=4)
    middle.set(ylabel="neuron")
    lower.plot(net["thresholds"].t / ms, net["thresholds"].B[REGULAR:].T, lw=0.8)
    lower.set(ylabel="threshold B")
    bottom.plot(net["output"].t / ms, net["output"].y.T, label=["0", "1"])
    bottom.set(xlabel="time (ms)", ylabel="readout y")
    bottom.legend(loc="upper left", ncols=2, fontsize="small")
    top.set(xlabel="")
    plt.show()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lif", action="store_true", help="no adaptive neurons")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()

    task = StoreRecallTask()
    net = build_network(np.random.default_rng(options.seed), adaptive=not options.lif)
    mirror = make_mirror(net)
    learn(mirror, task, options.seed)
    errors = l2l.training.evaluate(mirror, task, "test")
    print(f"wrong answers in the mirror, {task.held_out} test trials: {errors['error']:.1%}")
    batch, wrong = run_trial(net, task, trial=1)
    print(f"wrong answers in Brian2, in the trial that is drawn: {wrong:.0%}")
    show(net, task, batch, trial=1)
