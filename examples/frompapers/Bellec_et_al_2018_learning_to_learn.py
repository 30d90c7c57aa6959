"""Learn a function without a change of the weights
================================================

A recurrent network with adaptive thresholds sees examples of a function that it does not know, one
every 20 ms: the arguments, and the value for the arguments before. It has to predict the value for
the present ones. Its weights stay, so that whatever it gets to know of the function is in its
activity and its thresholds. Backpropagation through time over whole episodes, each with a function
of its own, makes it a network that learns.

The functions are random neural networks with two inputs and ten sigmoid units, or sinusoids with
``--sinusoids``. ``--lif`` takes neurons without adaptation. The task is that of Bellec, Salaj,
Subramoney, Legenstein, Maass 2018, NeurIPS, arXiv 1803.09574.
"""

import argparse

import torch
from brian2 import *

import brian2_l2l as l2l
from brian2_l2l.tasks import FunctionLearningTask, RandomNetworks, Sinusoids
from brian2_l2l_plugins.l2l.comparisons import linear_errors

PARAMETERS = {"tau_m": 20 * ms, "tau_out": 10 * ms}


def build_network(random, adaptive=True, trained=None, inputs=90, large=False):
    """Return the network with random weights, or with those that were trained."""
    number, slowest, beta = 100, 1200, 0.3
    if large:
        number, slowest, beta = 200, 4000, "100*(1 - exp(-ms/tau_a))"
    regular = number // 2
    defaultclock.dt = 1 * ms
    stimulus = SpikeGeneratorGroup(inputs, [], [] * ms, name="stimulus")
    neurons = NeuronGroup(
        number,
        """
        dv/dt = -v/tau_m : 1
        db/dt = -b/tau_a : 1
        B = 1 + beta*b : 1
        beta : 1 (constant)
        tau_a : second (constant)
        """,
        threshold="v > B",
        reset="v -= B; b += 1",
        refractory=2 * ms,
        method="exact",
        namespace=PARAMETERS,
        name="neurons",
    )
    # They remember some examples, or a whole episode.
    neurons.tau_a = slowest * ms
    neurons.tau_a[regular:] = np.geomspace(slowest / 20, slowest, number - regular) * ms
    if adaptive:
        # Of thresholds that add up for seconds, each spike must add little.
        neurons.beta[regular:] = beta
    readout = NeuronGroup(
        1,
        """
        dy/dt = (bias - y)/tau_out : 1
        bias : 1 (constant)
        """,
        method="exact",
        namespace=PARAMETERS,
        name="readout",
    )
    S_in = Synapses(stimulus, neurons, "w : 1", on_pre="v_post += w", name="S_in")
    S_rec = Synapses(neurons, neurons, "w : 1", on_pre="v_post += w", name="S_rec")
    S_out = Synapses(neurons, readout, "w : 1", on_pre="y_post += w", name="S_out")
    S_in.connect()
    S_rec.connect(condition="i != j")
    S_out.connect()
    for synapses, strength in ((S_in, 2.0), (S_rec, 1.0), (S_out, 0.5)):
        if trained is None:
            scale = strength / sqrt(len(synapses.source))
            synapses.w = random.normal(0, scale, len(synapses))
        else:
            synapses.w = trained[f"{synapses.name}.w"]
    if trained is not None:
        readout.bias = trained["readout.bias"]
    return Network(stimulus, neurons, readout, S_in, S_rec, S_out)


def make_mirror(net, **options):
    """Return the mirror of the network, in which all weights and the bias are trained."""
    trained = [(net[name], "w") for name in ("S_in", "S_rec", "S_out")]
    trained.append((net["readout"], "bias"))
    return l2l.mirror(net, trained, batch_size=64, surrogate="triangular", **options)


def learn(mirror, task, seed, iterations=3000, learning_rate=0.005, report="text", **options):
    """Train, bring all that was learned back to Brian2, and return what happened."""
    result = l2l.train(
        mirror,
        task,
        "bptt",
        learning_rate=learning_rate,
        schedule="CosineAnnealingLR",
        schedule_options={"T_max": iterations},
        clip_gradient=1.0,
        rate_groups=["neurons"],
        rate_target=20 * Hz,
        rate_weight=0.03 * ms**2,
        iterations=iterations,
        evaluate_every=100,
        seed=seed,
        report=report,
        **options,
    )
    mirror.write_back()
    return result


def answer(net, task, batch, trial=0):
    """Run an episode in Brian2, and return its predictions."""
    output = StateMonitor(net["readout"], "y", record=True, when="end")
    spikes = SpikeMonitor(net["neurons"])
    net.add(output, spikes)
    step, channel = batch.inputs["stimulus"][:, trial].numpy().nonzero()
    net["stimulus"].set_spikes(channel, step * task.dt)
    net.run(task.duration)
    record = {task.readout: torch.from_numpy(output.y.T[:, np.newaxis].copy())}
    return task.predictions(record)[:, 0], spikes


def show(task, mirror, batch, predictions, spikes):
    """Draw an episode, and how the error falls in many of them beside that of regression."""
    figure, axes = plt.subplots(4, 1, figsize=(10, 10), height_ratios=(3, 3, 2, 3))
    task.draw(axes[0], batch)
    axes[1].plot(spikes.t / ms, spikes.i, "|k", markersize=2)
    axes[1].set(xlabel="time (ms)", ylabel="neuron")
    axes[2].plot(batch.targets.y[:, 0], "o", label="function")
    axes[2].plot(predictions, "x", label="prediction")
    axes[2].set(xlabel="example", ylabel="y")
    axes[2].legend()
    episodes = next(task.batches("test", 100))
    with torch.no_grad():
        record = mirror.run(task.duration, inputs=episodes.inputs, record=task.record)
    axes[3].semilogy(task.errors(record, episodes.targets).mean(1), label="network")
    linear = linear_errors(episodes.targets.x, episodes.targets.y)
    axes[3].semilogy(linear.mean(1), label="linear regression")
    axes[3].set(xlabel="example", ylabel="squared error, 100 episodes")
    axes[3].legend()
    figure.tight_layout()
    plt.show()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sinusoids", action="store_true", help="another family of functions")
    parser.add_argument("--lif", action="store_true", help="no adaptive neurons")
    parser.add_argument("--iterations", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()

    if options.sinusoids:
        task = FunctionLearningTask(Sinusoids(), examples=25)
    else:
        task = FunctionLearningTask(RandomNetworks(), examples=150)
    random = np.random.default_rng(options.seed)
    net = build_network(random, not options.lif, None, task.inputs, not options.sinusoids)
    mirror = make_mirror(net)
    learn(mirror, task, options.seed, options.iterations)
    errors = l2l.training.evaluate(mirror, task, "test")
    print(f"error in the first fifth of unseen episodes: {errors['first_error']:.3f}")
    print(f"error in the last fifth: {errors['last_error']:.3f}")
    batch = next(task.batches("test", 1))
    show(task, mirror, batch, *answer(net, task, batch))
