"""Handwritten digits, one row of pixels after the other
=====================================================

A recurrent network of adaptive integrate-and-fire neurons sees a digit of 8 x 8 pixels row by row,
4 ms each, from top to bottom. No single moment tells which digit it is: the network has to
remember the rows that it has seen. The class is the readout neuron with the highest mean value.

This is an ordinary Brian2 script with random weights, so it guesses: about one digit in ten is
right. ``brian2-l2l demo`` trains the network that `build_network` returns and writes the weights
back.
"""

from brian2 import *

ROWS, COLUMNS, CLASSES = 8, 8, 10
HIDDEN = 250
STEP = 1 * ms
ROW_DURATION = 4 * ms
PAUSE = 8 * ms  # after the last row, with no input
DURATION = ROWS * ROW_DURATION + PAUSE
PARAMETERS = {"tau_m": 10 * ms, "tau_a": 100 * ms, "beta": 0.5, "tau_out": 20 * ms}


def stimulus_values(images):
    """Turn pixels in [0, 1], shape (row, ..., column), into a stimulus, (time step, ..., channel).

    Channels 0 to 7 are the pixels of the present row (the more ink, the more spikes), channels 8
    to 15 the opposite (the less ink, the more spikes).
    """
    rows = np.repeat(images, int(ROW_DURATION / STEP + 0.5), axis=0)
    shown = np.concatenate([rows, 1 - rows], axis=-1)
    pause = np.zeros((int(PAUSE / STEP + 0.5), *shown.shape[1:]))
    return np.concatenate([shown, pause])


def build_network(seed=0):
    """Return the network with random weights, always the same ones for a seed, and its stimulus."""
    random = np.random.default_rng(seed)
    defaultclock.dt = STEP
    stimulus = TimedArray(stimulus_values(np.zeros((ROWS, COLUMNS))), dt=STEP, name="stimulus")

    # One spike for each unit of ink. The start value lies between the sums that sixteen grey levels
    # can make, so that no neuron ever meets its threshold exactly.
    encoder = NeuronGroup(
        2 * COLUMNS,
        "dx/dt = stimulus(t, i)/ms : 1",
        threshold="x > 1",
        reset="x -= 1",
        method="euler",
        namespace={"stimulus": stimulus},
        name="encoder",
    )
    encoder.x = 0.03

    hidden = NeuronGroup(
        HIDDEN,
        """
        dv/dt = -v/tau_m : 1
        db/dt = -b/tau_a : 1
        B = 1 + beta*b : 1
        """,
        threshold="v > B",
        reset="v -= B; b += 1",
        refractory=2 * ms,
        method="exact",
        namespace=PARAMETERS,
        name="hidden",
    )
    readout = NeuronGroup(
        CLASSES, "dy/dt = -y/tau_out : 1", method="exact", namespace=PARAMETERS, name="readout"
    )

    S_in = Synapses(encoder, hidden, "w : 1", on_pre="v_post += w", name="S_in")
    S_in.connect()
    S_in.w = random.normal(0, 0.5 / np.sqrt(2 * COLUMNS), 2 * COLUMNS * HIDDEN)

    # Spikes come back after one and a half rows: a memory of what was shown before.
    S_rec = Synapses(hidden, hidden, "w : 1", on_pre="v_post += w", delay=6 * ms, name="S_rec")
    S_rec.connect(condition="i != j")
    S_rec.w = random.normal(0, 1 / np.sqrt(HIDDEN), HIDDEN * (HIDDEN - 1))

    S_out = Synapses(hidden, readout, "w : 1", on_pre="y_post += w", name="S_out")
    S_out.connect()
    S_out.w = random.normal(0, 1 / np.sqrt(HIDDEN), HIDDEN * CLASSES)

    spikes = SpikeMonitor(hidden, name="spikes")
    output = StateMonitor(readout, "y", record=True, when="end", name="output")
    net = Network(encoder, hidden, readout, S_in, S_rec, S_out, spikes, output)
    return net, stimulus


def show(net, image, label):
    """Draw the digit, the spikes of the hidden neurons and the readout."""
    spikes, output = net["spikes"], net["output"]
    figure, (left, middle, right) = plt.subplots(
        1, 3, figsize=(11, 3.2), width_ratios=(1, 2, 2), layout="constrained"
    )
    left.imshow(image, cmap="gray_r")
    left.set(title=f"digit {label}", xticks=[], yticks=[])
    middle.plot(spikes.t / ms, spikes.i, "|k")
    middle.set(title="hidden spikes", xlabel="time (ms)", ylabel="neuron", ylim=(-1, HIDDEN))
    right.plot(output.t / ms, output.y.T, label=[str(k) for k in range(CLASSES)])
    right.set(title="readout", xlabel="time (ms)", ylabel="y")
    right.legend(ncols=2, fontsize="x-small", loc="upper left")
    plt.show()


if __name__ == "__main__":
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    image, label = images[0].reshape(ROWS, COLUMNS) / 16, labels[0]

    net, stimulus = build_network(seed=0)
    stimulus.values[:] = stimulus_values(image)
    net.run(DURATION)

    rate = net["spikes"].num_spikes / HIDDEN / DURATION
    print(f"shown: {label}, answer: {np.argmax(np.mean(net['output'].y, axis=1))}")
    print(f"mean rate of the hidden neurons: {rate / Hz:.1f} Hz")
    show(net, image, label)
