"""Name a digit whose pixels came one after the other
====================================================

A recurrent network with adaptive thresholds sees the 784 pixels of a handwritten digit, one every
millisecond, as spikes where the ink crosses a level. Then a cue asks which digit it was. Only 12 %
of the possible connections exist; DEEP R moves them while backpropagation through time trains
their weights. Excitatory neurons stay excitatory, and inhibitory ones inhibitory.

``--lif`` takes neurons without adaptation, ``--fixed`` connections that stay where they are,
``--dense`` all connections, with weights of any sign. The task and the network are those of Bellec,
Salaj, Subramoney, Legenstein, Maass 2018, NeurIPS, arXiv 1803.09574, but for three things with
which the network learns faster: there 100 of the 220 neurons are adaptive, and here all; there all
have time constants of 20 ms and 700 ms, and here they differ; and here inputs have delays of up to
100 ms. The folder holds the four original files of MNIST, or gets them.
"""

import argparse

from brian2 import *

import brian2_l2l as l2l
from brian2_l2l.tasks import download_mnist, sequential_mnist

INPUTS, NEURONS, CLASSES = 80, 220, 10
#: Of 68,200 possible ones; with the ten biases these are 12 % of all weights.
CONNECTIONS = 8175
EXCITATORY = 0.75
#: Of the membranes and of the adaptation, the smallest and the largest.
TIME_CONSTANTS = {"tau_m": (5 * ms, 100 * ms), "tau_a": (100 * ms, 1500 * ms)}
#: Of the connections from the inputs.
DELAYS = (0, 25, 50, 75, 100) * ms
PARAMETERS = {"tau_out": 20 * ms}


def build_network(random, adaptive=True, dense=False, trained=None):
    """Return the network with random connections and weights, or with those that were trained."""
    defaultclock.dt = 1 * ms
    stimulus = SpikeGeneratorGroup(INPUTS, [], [] * ms, name="stimulus")
    neurons = build_neurons(random, adaptive)
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
    possible = len(neurons) * (INPUTS + len(neurons) + CLASSES)
    share = 1 if dense else CONNECTIONS / possible
    signs = {g: where(random.random(len(g)) < EXCITATORY, 1, -1) for g in (stimulus, neurons)}
    objects = [stimulus, neurons, readout]
    for name, source, target, on_pre in (
        ("S_in", stimulus, neurons, "v_post += gain_post*w"),
        ("S_rec", neurons, neurons, "v_post += gain_post*w"),
        ("S_out", neurons, readout, "y_post += w"),
    ):
        synapses = Synapses(source, target, "w : 1", on_pre=on_pre, name=name)
        if trained is None:
            i, j = some_pairs(random, source, target, share)
            w = random.standard_normal(len(i)) / sqrt(len(source))
            # Few connections need to be stronger.
            w = w if dense else 1.5 * abs(w) * signs[source][i]
        else:
            i, j, w = (trained[f"{name}.{variable}"] for variable in "ijw")
        synapses.connect(i=i, j=j)
        synapses.w = w
        if trained is not None:
            synapses.delay = trained[f"{name}.delay"] * second
        elif source is stimulus:
            synapses.delay = random.choice(DELAYS, len(i)) * second
        objects.append(synapses)
    if trained is not None:
        readout.bias = trained["readout.bias"]
    return Network(*objects)


def build_neurons(random, adaptive):
    """Return the recurrent neurons, which have different time constants."""
    neurons = NeuronGroup(
        NEURONS,
        """
        dv/dt = -v/tau_m : 1
        db/dt = -b/tau_a : 1
        B = 1 + beta*b : 1
        beta : 1 (constant)
        gain : 1 (constant)
        tau_m : second (constant)
        tau_a : second (constant)
        """,
        threshold="v > B",
        reset="v -= B; b += 1",
        refractory=5 * ms,
        method="exact",
        name="neurons",
    )
    for name, (low, high) in TIME_CONSTANTS.items():
        values = random.permutation(np.geomspace(low / ms, high / ms, len(neurons)))
        setattr(neurons, name, values * ms)
    # What a weight of 1 does to a membrane in units of its threshold, and a spike to the threshold.
    neurons.gain = "(1 - exp(-ms/tau_m))/0.01"
    if adaptive:
        neurons.beta = "1.8*(1 - exp(-ms/tau_a))/0.01"
    return neurons


def some_pairs(random, source, target, share):
    """Return a share of all pairs of neurons, of which none is connected to itself."""
    places = np.arange(len(source) * len(target))
    chosen = random.choice(places, int(share * len(places)), replace=False)
    i, j = np.divmod(np.sort(chosen), len(target))
    allowed = (i != j) | (source is not target)
    return i[allowed], j[allowed]


def make_mirror(net, **options):
    """Return the mirror of the network, in which all weights and the biases are trained."""
    trained = [(net[name], "w") for name in ("S_in", "S_rec", "S_out")]
    trained.append((net["readout"], "bias"))
    return l2l.mirror(net, trained, batch_size=128, surrogate="triangular", **options)


def learn(
    mirror,
    task,
    seed,
    iterations=20000,
    learning_rate=0.005,
    rewiring="deep_r",
    report="text",
    **options,
):
    """Train, bring all that was learned back to Brian2, and return what happened."""
    result = l2l.train(
        mirror,
        task,
        "bptt",
        rewiring=rewiring,
        rewiring_options={"l1": 1e-3, "seed": seed} if rewiring else None,
        learning_rate=learning_rate,
        schedule="CosineAnnealingLR",
        schedule_options={"T_max": iterations},
        rate_groups=["neurons"],
        rate_target=10 * Hz,
        rate_weight=0.1 * ms**2,
        iterations=iterations,
        evaluate_every=500,
        seed=seed,
        report=report,
        **options,
    )
    mirror.write_back()
    return result


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
    parser.add_argument("--dense", action="store_true", help="all connections")
    parser.add_argument("--iterations", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()

    task = sequential_mnist(download_mnist(options.folder))
    random = np.random.default_rng(options.seed)
    net = build_network(random, adaptive=not options.lif, dense=options.dense)
    rewiring = None if options.fixed or options.dense else "deep_r"
    mirror = make_mirror(net)
    learn(mirror, task, options.seed, options.iterations, rewiring)
    print(f"right in the mirror: {l2l.training.evaluate(mirror, task, 'test')['accuracy']:.2%}")
    batch, answers, output, spikes = answer(net, task, 20)
    right = np.mean(batch.targets.numpy() == answers)
    print(f"right in Brian2, of {len(answers)} digits: {right:.0%}")
    show(task, batch, answers, output, spikes)
