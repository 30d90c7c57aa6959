"""Evolution of a balanced network
===============================

Excitatory and inhibitory neurons, sparsely connected (after Brunel 2000, J Comput Neurosci 8:183).
How strong must synapses and input be so that the neurons fire at 8 Hz, and as irregularly as in the
cortex, with a coefficient of variation of 1 between their spikes?

Evolution tries values, in as many processes as there are processors. The network is compiled once,
as a C++ program, and run for each try with other values and other random numbers. Start this again
after Ctrl-C: it goes on from the last generation.
"""

from brian2 import *

from brian2_l2l_plugins.l2l import Parameter, StandaloneEvaluation, evolve

EXCITATORY, INHIBITORY = 800, 200
DURATION, WARM_UP = 1 * second, 200 * ms
RATE, IRREGULARITY = 8 * Hz, 1.0


def build_network():
    """Make the network and run it, as in any script for C++ standalone."""
    seed(1)  # always the same connections
    defaultclock.dt = 0.1 * ms
    neurons = NeuronGroup(
        EXCITATORY + INHIBITORY,
        """
        dv/dt = (drive - v)/(20*ms) + noise*sqrt(2/(20*ms))*xi : volt (unless refractory)
        drive : volt (shared, constant)
        noise : volt (shared, constant)
        """,
        threshold="v > 20*mV",
        reset="v = 10*mV",
        refractory=2 * ms,
        method="euler",
        name="neurons",
    )
    neurons.v = "rand()*20*mV"
    connections = {"E": neurons[:EXCITATORY], "I": neurons[EXCITATORY:]}
    synapses = []
    for name, source in connections.items():
        effect = {"E": "v_post += w", "I": "v_post -= w"}[name]
        model = "w : volt (shared, constant)"
        S = Synapses(source, neurons, model, on_pre=effect, delay=1.5 * ms, name=name)
        S.connect(p=0.1)
        synapses.append(S)
    seed()  # the noise is another one in each run
    spikes = SpikeMonitor(neurons, name="spikes")
    net = Network(neurons, synapses, spikes)
    net.run(DURATION)
    return net


def measure(net):
    """Return the mean rate, and the mean coefficient of variation between spikes."""
    spikes = net["spikes"]
    late = spikes.t > WARM_UP
    rate = np.sum(late) / (EXCITATORY + INHIBITORY) / (DURATION - WARM_UP)
    order = np.lexsort((spikes.t[late], spikes.i[late]))
    times, neuron = np.asarray(spikes.t[late])[order], np.asarray(spikes.i[late])[order]
    variations = []
    for train in np.split(times, np.flatnonzero(np.diff(neuron)) + 1):
        if len(train) > 3:
            variations.append(np.std(np.diff(train)) / np.mean(np.diff(train)))
    return rate, np.mean(variations) if variations else 0.0


def cost(net):
    """Return how far the network is from what is wanted."""
    rate, variation = measure(net)
    return float((rate / RATE - 1) ** 2 + (variation / IRREGULARITY - 1) ** 2)


parameters = [
    Parameter("neurons.drive", 10 * mV, 40 * mV),
    Parameter("neurons.noise", 1 * mV, 10 * mV, scale="log"),
    Parameter("E.w", 0.02 * mV, 1 * mV, scale="log"),
    Parameter("I.w", 0.02 * mV, 5 * mV, scale="log"),
]

# Processes read this script too: only the first one is to evolve.
if __name__ == "__main__":
    evaluation = StandaloneEvaluation(build_network, cost)
    result = evolve(
        evaluation,
        parameters,
        generations=20,
        population=12,
        seed=1,
        checkpoint="evolve_standalone.checkpoint",
        resume=True,
        report="text",
    )
    for name, value in result.best.items():
        print(f"{name} = {value}")
    net = evaluation.run(result.best, result.best_seed)
    rate, variation = measure(net)
    print(f"rate {rate / Hz:.2f} Hz, coefficient of variation {variation:.2f}")

    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.5), layout="constrained")
    generation = np.arange(1, len(result.costs) + 1)
    left.plot(generation, result.costs, ".", color="0.7")
    left.plot(generation, [row["best_cost"] for row in result.history], "k")
    left.set(xlabel="generation", ylabel="cost", yscale="log")
    right.plot(net["spikes"].t / ms, net["spikes"].i, ",k")
    right.set(xlabel="time (ms)", ylabel="neuron", title="the best network")
    plt.show()
