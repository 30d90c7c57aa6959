"""Networks to record; every object has a name, so that two of them can be compared."""

import numpy as np
from brian2 import (
    Hz,
    Network,
    NeuronGroup,
    PoissonGroup,
    PoissonInput,
    PopulationRateMonitor,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    TimedArray,
    ms,
)


def small(weight=0.4) -> Network:
    """Two spike sources, one leaky neuron."""
    stimulus = SpikeGeneratorGroup(2, [0, 1, 0], [1, 1, 2] * ms, name="stimulus")
    neuron = NeuronGroup(
        1,
        "dv/dt = -v/tau : 1 (unless refractory)",
        threshold="v > 1",
        reset="v = 0",
        refractory=2 * ms,
        method="exact",
        namespace={"tau": 10 * ms},
        name="neuron",
    )
    synapses = Synapses(stimulus, neuron, "w : 1", on_pre="v_post += w", name="synapses")
    synapses.connect()
    synapses.w = weight
    return Network(stimulus, neuron, synapses)


def mixed(drive=1.4) -> Network:
    """A network of many constructs: noise, inputs, plasticity, delays, monitors."""
    tau = 10 * ms
    stimulus = TimedArray(np.array([[0, drive], [drive, 2]]), dt=10 * ms, name="stimulus")
    cells = NeuronGroup(
        6,
        """dv/dt = (stimulus(t, i % 2) + I - v)/tau + 0.3*xi*tau**-0.5 : 1 (unless refractory)
        I : 1 (constant)""",
        threshold="v > 1 and rand() < 0.9",
        reset="v = 0",
        refractory=2 * ms,
        method="euler",
        namespace={"tau": tau, "stimulus": stimulus},
        name="cells",
    )
    cells.I = "0.1*i"
    poisson = PoissonGroup(3, rates="40*Hz*(i + 1)", name="poisson")
    listed = SpikeGeneratorGroup(2, [0, 1, 1], [0, 3, 7] * ms, period=9 * ms, name="listed")
    plastic = Synapses(
        poisson,
        cells,
        "w : 1\ndapre/dt = -apre/tau : 1 (event-driven)",
        on_pre="v_post += w*clip(exp(apre), 0, 2)\napre += 1",
        on_post="w = clip(w + 0.01*apre, 0, 1)",
        namespace={"tau": tau},
        name="plastic",
    )
    plastic.connect()
    plastic.w = "0.05*(1 + i)"
    plastic.pre.delay = "(1 + j)*0.3*ms"
    plain = Synapses(listed, cells, on_pre="v_post += 0.3", delay=1 * ms, name="plain")
    plain.connect(j="i + 1")
    noise = PoissonInput(cells, "v", 10, 30 * Hz, 0.05)
    monitors = [
        SpikeMonitor(cells, name="spikes"),
        StateMonitor(cells, "v", record=True, name="states"),
        PopulationRateMonitor(cells, name="rate"),
    ]
    return Network(cells, poisson, listed, plastic, plain, noise, monitors)
