"""
The jobs as Brian2 networks, and their mirrors.

With ``z`` for the spikes, ``x`` for those of the inputs and ``alpha``, ``rho``, ``kappa`` for what
``v``, ``b`` and ``y`` keep in one time step, the recurrent network is, at the thresholds::

    b[t] = rho (b[t-1] + z[t-1])
    B[t] = threshold + beta b[t]
    v[t] = alpha (v[t-1] + W_in x[t-1] + W_rec z[t-1] - z[t-1] B[t-1])
    z[t] = v[t] > B[t], and 0 for less than 5 steps after a spike
    y[t] = kappa y[t-1] + W_out z[t];  logits: the mean of y[t] over time

and layer ``l`` of the feed-forward network, with ``z_0`` for the inputs::

    v_l[t] = alpha (v_l[t-1] + W_l z_(l-1)[t-1] - z_l[t-1])
    z_l[t] = v_l[t] > 1;  logits: 10 times the mean of the last layer's z[t] over time

The gradient goes through everything but the refractoriness. The derivative of a spike is the
triangular surrogate ``0.3 max(0, 1 - |x|)`` of ``x = v/B - 1`` in the recurrent network, and the
arctangent's ``1/(1 + (pi x)^2)`` of ``x = v - 1`` in the other.
"""

import inspect
from dataclasses import dataclass

import numpy as np
import torch
from brian2 import Group, Network, NeuronGroup, SpikeGeneratorGroup, Synapses, defaultclock, ms

import brian2_l2l as l2l

from . import jobs
from .jobs import Data, Job, Recurrent

CONSTANTS = {
    "tau_m": jobs.TAU_M * ms,
    "tau_a": jobs.TAU_A * ms,
    "tau_out": jobs.TAU_OUT * ms,
    "v_threshold": jobs.THRESHOLD,
}


@dataclass(frozen=True)
class Built:
    """
    A job's network.

    Attributes
    ----------
    network : brian2.Network
    stimulus : Group
        Its inputs.
    spiking : list of NeuronGroup
        The groups whose rates count.
    output : tuple
        What a mirror records, and `scale` times that are the logits.
    synapses : list of Synapses
        Those whose weights ``w`` are trained.
    surrogate : str
    """

    network: Network
    stimulus: Group
    spiking: list
    output: tuple
    scale: float
    synapses: list
    surrogate: str


def build_network(job: Job, data: Data, stimulus: Group | None = None) -> Built:
    """
    Make the Brian2 network of a job, with its weights.

    Parameters
    ----------
    job : `Recurrent` or `FeedForward`
    data : `Data`
    stimulus : Group, optional
        What gives the inputs; by default a silent `SpikeGeneratorGroup`.

    Returns
    -------
    built : `Built`
    """
    defaultclock.dt = jobs.DT * ms
    if isinstance(job, Recurrent):
        return _recurrent(job, data, stimulus or _silent(job.inputs))
    return _feed_forward(job, data, stimulus or _silent(job.layers[0]))


def _recurrent(job, data, stimulus) -> Built:
    neurons = NeuronGroup(
        job.neurons,
        """
        dv/dt = -v/tau_m : 1
        db/dt = -b/tau_a : 1
        B = v_threshold + beta*b : 1
        beta : 1 (constant)
        """,
        threshold="v > B",
        reset="""
        v -= B
        b += 1
        """,
        refractory=jobs.REFRACTORY * ms,
        method="exact",
        namespace=CONSTANTS,
        name="neurons",
    )
    neurons.beta = data.beta
    readout = NeuronGroup(
        job.outputs, "dy/dt = -y/tau_out : 1", method="exact", namespace=CONSTANTS, name="readout"
    )
    # A delay that is given at once is the same for all connections.
    among = {} if job.spread else {"delay": job.delay * jobs.DT * ms}
    synapses = [
        _synapses("S_in", stimulus, neurons, "v", data),
        _synapses("S_rec", neurons, neurons, "v", data, data.connected, **among),
        _synapses("S_out", neurons, readout, "y", data),
    ]
    if job.spread:
        random = np.random.default_rng(job.spread)
        steps = job.delay + random.integers(job.spread + 1, size=len(synapses[1]))
        synapses[1].delay = steps * jobs.DT * ms
    network = Network(stimulus, neurons, readout, synapses)
    output = (readout, "y", "mean")
    return Built(network, stimulus, [neurons], output, 1.0, synapses, "triangular")


def _feed_forward(job, data, stimulus) -> Built:
    layers, synapses = [stimulus], []
    for number, size in enumerate(job.layers[1:], start=1):
        layer = NeuronGroup(
            size,
            "dv/dt = -v/tau_m : 1",
            threshold="v > 1",
            reset="v -= 1",
            method="exact",
            namespace=CONSTANTS,
            name=f"layer_{number}",
        )
        synapses.append(_synapses(f"S_{number}", layers[-1], layer, "v", data))
        layers.append(layer)
    network = Network(layers, synapses)
    output = (layers[-1], "spikes", "mean")
    return Built(network, layers[0], layers[1:], output, 10.0, synapses, "arctan")


def _silent(size):
    return SpikeGeneratorGroup(size, [], [] * ms, name="stimulus")


def _synapses(name, source, target, variable, data, connected=None, **options):
    code = f"{variable}_post += w"
    synapses = Synapses(source, target, "w : 1", on_pre=code, name=name, **options)
    if connected is None:
        synapses.connect()
        synapses.w = data.weights[name].ravel()
    else:
        i, j = np.nonzero(connected)
        synapses.connect(i=i, j=j)
        synapses.w = data.weights[name][i, j]
    return synapses


def lowerings() -> tuple[str, ...]:
    """Give the lowerings that a mirror can be told to take."""
    known = "lowering" in inspect.signature(l2l.mirror).parameters
    return ("plain", "fused") if known else ("plain",)


class MirroredJob:
    """
    The mirror of a job's network, with its inputs.

    Parameters
    ----------
    job : `Recurrent` or `FeedForward`
    data : `Data`
    lowering : {'plain', 'fused'}
        One of `lowerings`.
    dtype : torch.dtype
    **options
        More arguments of `brian2_l2l.mirror`.
    """

    def __init__(self, job, data, lowering="plain", dtype=torch.float32, **options):
        self.built = build_network(job, data)
        if len(lowerings()) > 1:
            options["lowering"] = lowering
        self.mirror = l2l.mirror(
            self.built.network,
            trainable=[(synapses, "w") for synapses in self.built.synapses],
            batch_size=job.batch,
            surrogate=self.built.surrogate,
            dtype=dtype,
            device=torch.get_default_device(),
            **options,
        )
        self.duration = job.steps * jobs.DT * ms
        self.spikes = torch.as_tensor(data.spikes)

    def logits(self) -> torch.Tensor:
        """Run the network, and give the logits ``[batch, class]``."""
        record = self._run([self.built.output])
        return record[self.built.output] * self.built.scale

    def rates(self) -> list[float]:
        """Run the network, and give the mean rate of each spiking group in Hz."""
        requests = [(group, "spikes", "mean") for group in self.built.spiking]
        with torch.no_grad():
            record = self._run(requests)
        return [float(record[request].mean()) * 1e3 / jobs.DT for request in requests]

    def matrix(self, name: str, values: torch.Tensor) -> np.ndarray:
        """Turn values of some synapses into a matrix ``[source, target]``."""
        synapses = self.built.network[name]
        matrix = np.zeros((len(synapses.source), len(synapses.target)))
        matrix[synapses.i[:], synapses.j[:]] = values.detach().cpu().numpy()
        return matrix

    def _run(self, requests):
        return self.mirror.run(
            self.duration, inputs={self.built.stimulus: self.spikes}, record=requests
        )
