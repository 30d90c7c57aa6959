"""Name a digit whose pixels came one after the other
====================================================

A recurrent network with adaptive thresholds sees the 784 pixels of a handwritten digit, one every
millisecond, as spikes where the ink crosses a level. Then a cue asks which digit it was. Only 12 %
of the possible connections exist; DEEP R moves them while backpropagation through time trains
their weights. Excitatory neurons stay excitatory, and inhibitory ones inhibitory.

``--lif`` takes neurons without adaptation, ``--fixed`` connections that stay where they are. The
task and the network are those of Bellec, Salaj, Subramoney, Legenstein, Maass 2018, NeurIPS, arXiv
1803.09574. The folder holds the four original files of MNIST, or gets them.
"""

import argparse

from brian2 import *

import brian2_l2l as l2l
from brian2_l2l.tasks import download_mnist, sequential_mnist

INPUTS, REGULAR, ADAPTIVE, CLASSES = 80, 120, 100, 10
#: Of 68,200 possible ones; with the ten biases these are 12 % of all weights.
CONNECTIONS = 8175
EXCITATORY = 0.75
PARAMETERS = {
    "tau_m": 20 * ms,
    "tau_a": 700 * ms,
    "tau_out": 20 * ms,
    # What a weight of 1 does to a membrane in units of its threshold.
    "gain": (1 - exp(-1 / 20)) / 0.01,
}


def build_network(random, adaptive=True, connections=CONNECTIONS):
    """Return the network with random connections and weights."""
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
        neurons.beta[REGULAR:] = 1.8 * (1 - exp(-1 / 700)) / 0.01
    readout = NeuronGroup(
        CLASSES,
        """
        dy/dt = (bias - y)/tau_out : 1
        bias : 1 (constant)
        """,
        method="exact",
        namespace=PARAMETERS,
        name="readout",
    )
    share = connections / (len(neurons) * (INPUTS + len(neurons) + CLASSES))
    signs = {g: where(random.random(len(g)) < EXCITATORY, 1, -1) for g in (stimulus, neurons)}
    objects = [stimulus, neurons, readout]
    for name, source, target, on_pre in (
        ("S_in", stimulus, neurons, "v_post += gain*w"),
        ("S_rec", neurons, neurons, "v_post += gain*w"),
        ("S_out", neurons, readout, "y_post += w"),
    ):
        synapses = Synapses(source, target, "w : 1", on_pre=on_pre, namespace=PARAMETERS, name=name)
        pairs = len(source) * len(target)
        places = np.arange(pairs)
        if source is target:
            places = places[places % (pairs // len(source) + 1) != 0]
        number = min(int(share * pairs), len(places))
        chosen = np.sort(random.choice(places, number, replace=False))
        synapses.connect(i=chosen // len(target), j=chosen % len(target))
        size = abs(random.standard_normal(number)) / sqrt(len(source))
        synapses.w = size * signs[source][synapses.i]
        objects.append(synapses)
    return Network(*objects)


def learn(net, task, seed, iterations, rewiring="deep_r", report="text", **options):
    """Train all weights and the biases, and return the mirror and what happened."""
    mirror = l2l.mirror(
        net,
        trainable=[(net[name], "w") for name in ("S_in", "S_rec", "S_out")]
        + [(net["readout"], "bias")],
        batch_size=256,
        surrogate="triangular",
    )
    result = l2l.train(
        mirror,
        task,
        "bptt",
        rewiring=rewiring,
        learning_rate=0.01,
        schedule="CosineAnnealingLR",
        schedule_options={"T_max": iterations},
        rate_groups=[net["neurons"]],
        rate_target=10 * Hz,
        rate_weight=0.1 * ms**2,
        iterations=iterations,
        evaluate_every=500,
        seed=seed,
        report=report,
        **options,
    )
    mirror.write_back()
    return mirror, result


def answer(net, task, number):
    """Show the network in Brian2 some test digits, one after the other; return its answers."""
    batch = next(task.batches("test", number))
    output = StateMonitor(net["readout"], "y", record=True, when="end")
    spikes = SpikeMonitor(net["neurons"])
    net.add(output, spikes)
    answers = []
    net.store("trained")
    for trial in range(number):
        net.restore("trained")
        step, channel = batch.inputs["stimulus"][:, trial].numpy().nonzero()
        net["stimulus"].set_spikes(channel, step * defaultclock.dt)
        net.run(task.duration)
        answers.append(int(output.y[:, -28:].mean(axis=1).argmax()))
    return batch, answers, output, spikes


def show(task, batch, answers, output, spikes):
    """Draw the inputs, the spikes and the readout of the last digit that was shown."""
    figure, (top, middle, bottom) = plt.subplots(
        3, 1, figsize=(10, 8), sharex=True, height_ratios=(2, 3, 1), layout="constrained"
    )
    task.draw(top, batch, trial=len(answers) - 1)
    middle.plot(spikes.t / ms, spikes.i, "|k", markersize=2)
    middle.set(ylabel="neuron")
    bottom.plot(output.t / ms, output.y.T, label=[str(k) for k in range(CLASSES)])
    bottom.set(xlabel="time (ms)", ylabel="readout y", title=f"answer {answers[-1]}")
    bottom.legend(loc="upper left", ncols=CLASSES, fontsize="small")
    top.set(xlabel="")
    plt.show()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", help="of the four files of MNIST")
    parser.add_argument("--lif", action="store_true", help="no adaptive neurons")
    parser.add_argument("--fixed", action="store_true", help="connections do not move")
    parser.add_argument("--iterations", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()

    task = sequential_mnist(download_mnist(options.folder))
    net = build_network(np.random.default_rng(options.seed), adaptive=not options.lif)
    rewiring = None if options.fixed else "deep_r"
    mirror, result = learn(net, task, options.seed, options.iterations, rewiring)
    print(f"right in the mirror: {l2l.training.evaluate(mirror, task, 'test')['accuracy']:.2%}")
    batch, answers, output, spikes = answer(net, task, 20)
    right = np.mean(batch.targets.numpy() == answers)
    print(f"right in Brian2, of {len(answers)} digits: {right:.0%}")
    show(task, batch, answers, output, spikes)
