"""A network that learns two patterns, and what shows them."""

import numpy as np
from brian2 import Hz, Network, NeuronGroup, defaultclock, ms, prefs, volt

from brian2_l2l_plugins.erbp import erbp, erbp_neurons
from brian2_l2l_plugins.presentation import Presenter, Samples

INPUTS, CLASSES, HIDDEN = 20, 2, 40
CHUNK, SAMPLES = 20, 80


def data(seed, samples=SAMPLES):
    """Return two patterns in random order, and which they are."""
    labels = np.random.default_rng(seed).integers(CLASSES, size=samples)
    return (np.arange(INPUTS) % CLASSES == labels[:, None]).astype(float), labels


def presenter(
    seed=0,
    chunk=CHUNK,
    transmission=1,
    learned=None,
    low=10 * Hz,
    rate=1e-2 * volt,
    quantisation=None,
    **options,
):
    """Return a presenter for a network that learns by random backpropagation."""
    defaultclock.dt = 1 * ms
    samples = Samples(INPUTS, CLASSES, chunk, sample=100 * ms, pause=20 * ms)
    source = NeuronGroup(
        INPUTS,
        "rates = low + high*intensity(t, i) : Hz",
        threshold="rand() < rates*dt",
        name="source",
    )
    model = erbp_neurons("learning(t)", rate=rate).group_arguments()
    hidden, output = (
        NeuronGroup(number, **model, name=name)
        for number, name in ((HIDDEN, "hidden"), (CLASSES, "output"))
    )
    circuit = erbp(
        source,
        hidden,
        output,
        label="label(t)",
        learning="learning(t)",
        transmission=transmission,
        quantisation=quantisation,
        random=1,
    )
    net = Network(source, hidden, output, circuit.objects)
    learned = [(layer, "w") for layer in circuit.layers] if learned is None else learned(net)
    names = {"low": low, "high": 110 * Hz}
    # Where there is a compiler, a mirror of this size takes less time in C++.
    prefs.l2l.lowering = "auto"
    return Presenter(net, samples, output, learned, seed=seed, namespace=names, **options)
