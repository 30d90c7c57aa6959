"""Learn digits in the simulator, spike by spike
================================================

A feed-forward network sees handwritten digits, 250 ms each, as Poisson spikes. Error neurons
compare the spikes of the ten outputs with those of a label, and send what they find through fixed
random connections to the dendrites of all neurons. A synapse learns when a spike comes through it:
its weight follows the dendrite of the neuron behind it, if the current of this neuron is not too
large. No gradient is computed, and all of it is Brian2: here the network runs as a C++ program that
is compiled once; ``--device cuda_standalone`` runs it on a GPU, and ``--device runtime`` line by
line; ``--batch-size 10`` shows ten digits side by side to a mirror of it, whose trials learn
together.

Synapses transmit a spike with a probability of 0.65 (peRBP); with ``--noise`` all spikes pass, and
neurons have background noise instead (eRBP). With ``--symmetric`` the feedback is not random, but
follows the weights. The network is that of Neftci, Augustine, Paul,
Detorakis 2017, Front Neurosci 11:324, arXiv 1612.05596, with a time step of 1 ms instead of 0.1 ms.
The folder holds the four original files of MNIST, or gets them.
"""

import argparse

from brian2 import *

from brian2_l2l.rules import Quantisation
from brian2_l2l.tasks import download_mnist, load_mnist, shift_pictures
from brian2_l2l_plugins.erbp import erbp, erbp_neurons, symmetric_feedback
from brian2_l2l_plugins.presentation import Presenter, Samples

PIXELS, CLASSES = 784, 10
#: Of a white pixel.
HIGHEST_RATE = 200 * Hz
#: The probability that a synapse transmits a spike, if there is no other noise.
TRANSMISSION = 0.65
#: Up to which current a synapse learns: with one hidden layer, and with more. Where all spikes are
#: transmitted, the currents are larger.
GATES = (1.15 * volt, 0.6 * volt)
#: Where there are many epochs: larger steps, which get smaller, wider gates for hidden layers and
#: none for the output, and inputs that say more in the same time.
LONG = {"rate": 16e-3 * volt, "gates": (4 * volt, None), "highest_rate": 400 * Hz}
#: Where weights have few bits: large steps are rounded with less noise for what they change. They
#: get smaller, and have slower dendrites and error neurons that fire less by chance.
ROBUST = {"rate": 16e-3 * volt, "tau_dendrite": 20 * ms, "error_threshold": 200 * mV}
#: How far from zero weights of few bits may be, in hidden layers and in the output: where this is
#: more, there is more noise, and where it is less, more of them are cut off.
FURTHEST = (0.25 * volt, 0.4 * volt)
DEVICES = ("cpp_standalone", "cuda_standalone", "runtime")
#: What the command line says of the network.
BUILDING = ("symmetric", "hidden", "noise", "robust", "bits", "batch_size")


def build_network(
    random,
    hidden=(200,),
    rate=6e-4 * volt,
    gates=None,
    tau_dendrite=5 * ms,
    error_threshold=100 * mV,
    highest_rate=HIGHEST_RATE,
    noise=False,
    bits=None,
    step=1 * ms,
):
    """Return the network, its output and the circuit by which it learns."""
    defaultclock.dt = step
    pixels = NeuronGroup(
        PIXELS,
        "rates = intensity(t, i)*highest_rate : Hz",
        # Most pixels are black: they need no random number.
        threshold="rates > 0*Hz and rand() < rates*dt",
        namespace={"highest_rate": highest_rate},
        name="pixels",
    )
    if gates is None:
        gates = 2 * (GATES[len(hidden) > 1] / (TRANSMISSION if noise else 1),)
    inner, last = (
        erbp_neurons("learning(t)", rate=rate, gate=gate, tau_dendrite=tau_dendrite)
        for gate in gates
    )
    layers = [
        NeuronGroup(number, **inner.group_arguments(), name=f"hidden_{k}")
        for k, number in enumerate(hidden)
    ]
    output = NeuronGroup(CLASSES, **last.group_arguments(), name="output")
    circuit = erbp(
        pixels,
        layers,
        output,
        label="label(t)",
        learning="learning(t)",
        transmission=1 if noise else TRANSMISSION,
        error_threshold=error_threshold,
        quantisation=few_bits(bits, len(layers)),
        random=random,
    )
    return Network(pixels, layers, output, circuit.objects), output, circuit


def few_bits(bits, layers):
    """Return what the weights may be that lead to each hidden layer and to the output."""
    if bits is None:
        return None
    inner, last = (Quantisation(bits, -furthest, furthest) for furthest in FURTHEST)
    return [*layers * [inner], last]


def falling(part):
    """Return the size of steps when so large a part of a long training is over."""
    return 0.02**part


def falling_further(part):
    """Return the size of the steps of a robust training when so large a part of it is over."""
    return 0.005**part


def shifted(digits, random):
    """Return digits that are shifted by at most a pixel, each in a direction of its own."""
    return shift_pictures(digits.reshape(-1, 28, 28), random)


def make_presenter(
    seed, chunk=1000, symmetric=False, batch_size=None, long=False, robust=False, **options
):
    """Return what shows digits to a new network."""
    samples = Samples(PIXELS, CLASSES, chunk)
    options = (LONG if long else ROBUST if robust else {}) | options
    net, output, circuit = build_network(np.random.default_rng(seed), **options)
    learned = [(synapses, "w") for synapses in circuit.layers]
    if not symmetric:
        return Presenter(net, samples, output, learned, seed=seed, batch_size=batch_size)
    # The control: the feedback follows the weights, once for each chunk.
    learned += [(synapses, "g") for synapses in circuit.feedback[:-1]]
    align = symmetric_feedback(circuit)
    shown = {"seed": seed, "batch_size": batch_size}
    presenter = Presenter(net, samples, output, learned, between=align, **shown)
    presenter.values = dict(circuit.start)
    align(presenter.values)
    return presenter


def show(history, weights, errors):
    """Draw how the error falls, and what some hidden neurons have learned to see."""
    figure = plt.figure(figsize=(10, 4), layout="constrained")
    left, right = figure.subfigures(1, 2)
    axes = left.subplots()
    seen = [row["samples"] for row in history]
    axes.plot(seen, [100 * (1 - row["accuracy"]) for row in history], label="while learning")
    axes.plot(*zip(*errors, strict=True), "o", label="test")
    axes.set(xlabel="digits seen", ylabel="error (%)", yscale="log")
    axes.legend()
    fields = weights.reshape(PIXELS, -1).T[:16]
    for place, field in zip(right.subplots(4, 4).flat, fields, strict=False):
        place.imshow(field.reshape(28, 28), cmap="RdBu", vmin=-0.5, vmax=0.5)
        place.axis("off")
    right.suptitle("weights of hidden neurons")
    plt.show()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", help="of the four files of MNIST")
    parser.add_argument("--digits", type=int, default=5000, help="to learn from")
    parser.add_argument("--test", type=int, default=1000, help="digits to test with")
    parser.add_argument("--hidden", type=int, nargs="+", default=[200])
    parser.add_argument("--noise", action="store_true", help="all spikes are transmitted")
    parser.add_argument("--robust", action="store_true", help="learn so that few bits suffice")
    parser.add_argument("--bits", type=int, metavar="N", help="of each weight")
    parser.add_argument("--symmetric", action="store_true", help="feedback as the weights")
    parser.add_argument("--batch-size", type=int, metavar="N", help="digits side by side")
    parser.add_argument("--device", choices=DEVICES, default=DEVICES[0])
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()

    if options.device == "cuda_standalone":
        import brian2cuda  # noqa: F401  registers the device
    if options.device != "runtime" and options.batch_size is None:
        set_device(options.device, build_on_run=False, directory=None)
    folder = download_mnist(options.folder)
    building = {name: getattr(options, name) for name in BUILDING}
    presenter = make_presenter(options.seed, **building)
    digits = load_mnist(folder)
    few = slice(options.digits)
    history = presenter.train(
        digits.pixels[few],
        digits.labels[few],
        shuffle=False,
        schedule=falling_further if options.robust else None,
    )
    digits, few = load_mnist(folder, "test"), slice(options.test)
    accuracy = presenter.accuracy(digits.pixels[few], digits.labels[few])
    print(f"right of {options.test} test digits: {accuracy:.2%}")
    test = [(options.digits, 100 * (1 - accuracy))]
    show(history, presenter.values["erbp_layer_0.w"], test)
