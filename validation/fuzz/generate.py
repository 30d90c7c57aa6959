"""Compose a random Brian2 script out of the fragments."""

from .features import connections, inputs, monitors, neurons, operations, runs, spatial
from .script import Choice, Script, declare

TIME_STEP = Choice("time step", {f"{step} ms": step for step in ("0.1", "0.05", "0.2")})
SPATIAL = declare("SpatialNeuron")


def generate(seed: int, index: int) -> Script:
    """
    Make the random network `index` of the campaign `seed`.

    Parameters
    ----------
    seed : int
        The seed of the campaign.
    index : int
        The number of the network; the same two numbers always give the same script.

    Returns
    -------
    script : `Script`
        The script: its text builds and runs the network, and its features say what is in it.
    """
    script = Script(seed, index)
    step = TIME_STEP.draw(script, None if script.random.random() < 0.4 else ["0.1 ms"])
    script.add(f"""
        from brian2 import *

        defaultclock.dt = {step}*ms
        seed({script.integer(0, 10**6)})
    """)
    for _ in range(script.random.choice([0, 1, 1, 2])):
        script.sources.append(inputs.add_source(script))
    for _ in range(script.random.choice([1, 1, 2, 2, 3])):
        script.populations.append(_add_population(script))
    for _ in range(script.random.choice([1, 2, 2, 3, 4])):
        connections.add_synapses(script)
    connections.add_modulation(script)
    for population in script.populations:
        inputs.add_poisson_input(script, population)
        operations.add_regular(script, population)
        operations.add_network_operation(script, population)
    monitors.add_monitors(script)
    runs.add_network(script)
    runs.add_runs(script)
    return script


def _add_population(script: Script):
    if script.sometimes(SPATIAL, 0.08):
        return spatial.add_spatial_neuron(script)
    return neurons.add_neurons(script)
