"""Small networks that walk in the arena."""

import numpy as np
import torch
from brian2 import Hz, Network, NeuronGroup, PoissonGroup, Synapses, defaultclock, ms

import brian2_l2l as l2l
from brian2_l2l.tasks import Arena, NavigationTask, PlaceCode


class OneGoal(Arena):
    """An arena whose goal is always at the same place."""

    def draw_goals(self, number, generator):
        return torch.tensor([[0.5, 0.0]], dtype=torch.float64).expand(number, 2)


def small_task(arena=None, **options):
    """Return a task of 12 steps of 3 ms."""
    sizes = {"steps": 12, "step_duration": 3 * ms, "easy_trials": 0, "trials": 32, "held_out": 10}
    code = PlaceCode(spacing=0.5, width=0.3, signal_cells=3, rate=300 * Hz)
    return NavigationTask(arena=arena or Arena(stay=1, rest=1), code=code, **{**sizes, **options})


def spiking_mirror(task, random, neurons=12, equations="-v/(10*ms)", batch_size=8, **options):
    """Return the mirror of a recurrent network of adaptive neurons."""
    defaultclock.dt = 1 * ms
    stimulus = PoissonGroup(task.code.inputs, np.zeros(task.code.inputs) * Hz, name="stimulus")
    hidden = NeuronGroup(
        neurons,
        f"dv/dt = {equations} : 1\ndb/dt = -b/(50*ms) : 1",
        threshold="v > 1 + 0.2*b",
        reset="v = 0; b += 1",
        refractory=2 * ms,
        method="euler",
        name="hidden",
    )
    readout = NeuronGroup(3, "dy/dt = -y/(5*ms) : 1", method="exact", name="readout")
    synapses = []
    for name, source, target, variable in (
        ("S_in", stimulus, hidden, "v"),
        ("S_rec", hidden, hidden, "v"),
        ("S_out", hidden, readout, "y"),
    ):
        made = Synapses(source, target, "w : 1", on_pre=f"{variable}_post += w", name=name)
        made.connect(condition="i != j" if source is target else None)
        made.w = random.normal(0.2 if source is stimulus else 0, 0.3, len(made))
        synapses.append(made)
    net = Network(stimulus, hidden, readout, *synapses)
    return l2l.mirror(net, [(made, "w") for made in synapses], batch_size=batch_size, **options)


def smooth_mirror(task, random, batch_size=8, **options):
    """Return the mirror of inputs that drive the readouts, without spikes in between."""
    defaultclock.dt = 1 * ms
    stimulus = PoissonGroup(task.code.inputs, np.zeros(task.code.inputs) * Hz, name="stimulus")
    readout = NeuronGroup(3, "dy/dt = -y/(5*ms) : 1", method="exact", name="readout")
    synapses = Synapses(stimulus, readout, "w : 1", on_pre="y_post += w", name="synapses")
    synapses.connect()
    synapses.w = random.normal(0, 0.1, len(synapses))
    net = Network(stimulus, readout, synapses)
    return l2l.mirror(net, [(synapses, "w")], batch_size=batch_size, **options)
