"""
The jobs: which network, how large, with which weights, inputs and labels.

J1 and J2 are an adaptive recurrent network (Bellec et al. 2018, arXiv 1803.09574) with a leaky
readout; J3 is a feed-forward network. `validation.speed.networks` has their equations. Everything
random comes from one seed, so that every peer trains on the same numbers.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

#: The time step and the time constants in milliseconds.
DT = 1.0
TAU_M, TAU_A, TAU_OUT, REFRACTORY = 20.0, 700.0, 20.0, 5.0

#: What a membrane, an adaptation and a readout keep of their value in one time step.
ALPHA, RHO, KAPPA = (float(np.exp(-DT / tau)) for tau in (TAU_M, TAU_A, TAU_OUT))

#: The threshold, its rise at a spike (1.8 in the paper, whose adaptation rises by ``1 - RHO``), and
#: the factor of the triangular surrogate.
THRESHOLD, BETA, DAMPENING = 0.01, 1.8 * (1 - RHO) / RHO, 0.3

#: So small that the weights, and with them the rates, stay as they are while steps are timed.
LEARNING_RATE = 1e-8

#: The limits of the mean firing rate in Hz: a network that is silent or saturated proves nothing.
RATES = (5.0, 20.0)


@dataclass(frozen=True)
class Recurrent:
    """
    Adaptive neurons with inputs, recurrent connections and a leaky readout.

    Attributes
    ----------
    inputs, neurons, adaptive, outputs : int
        Numbers of neurons; the last `adaptive` of the neurons adapt.
    batch, steps : int
    connectivity : float
        The share of the pairs of two different neurons that are connected.
    input_rate : float
        The probability that an input neuron spikes in a time step.
    input_strength, recurrent_strength : float
        The standard deviation of a neuron's summed weights, in thresholds.
    delay, spread : int
        By how many steps all recurrent connections delay spikes, and each by how many more at most.
        Only ours know delays.
    """

    name: str
    inputs: int
    neurons: int
    adaptive: int
    outputs: int
    batch: int
    steps: int
    connectivity: float = 1.0
    input_rate: float = 0.05
    input_strength: float = 0.7
    recurrent_strength: float = 1.5
    delay: int = 0
    spread: int = 0


@dataclass(frozen=True)
class FeedForward:
    """
    Layers of neurons that do not adapt; the last layer's spikes are counted.

    Attributes
    ----------
    layers : tuple of int
        Numbers of neurons, the inputs first.
    batch, steps : int
    input_rate : float
        The probability that an input neuron spikes in a time step.
    strengths : tuple of float
        The standard deviation of a neuron's summed weights, in thresholds, by layer.
    """

    name: str
    layers: tuple[int, ...]
    batch: int
    steps: int
    input_rate: float = 0.03
    strengths: tuple[float, ...] = (1.1, 2.5, 2.3)


Job = Recurrent | FeedForward

JOBS = {
    "J1": Recurrent("J1", inputs=80, neurons=220, adaptive=100, outputs=10, batch=128, steps=784),
    "J2": Recurrent("J2", inputs=100, neurons=1000, adaptive=500, outputs=10, batch=32, steps=500),
    "J3": FeedForward("J3", layers=(700, 256, 256, 20), batch=128, steps=100),
}

#: Small versions, to try the programs; their times say nothing.
SMOKE = {
    "J1": replace(JOBS["J1"], inputs=20, neurons=30, adaptive=15, batch=4, steps=96),
    "J2": replace(JOBS["J2"], inputs=20, neurons=60, adaptive=30, batch=3, steps=96),
    "J3": replace(JOBS["J3"], layers=(60, 40, 30, 10), batch=4, steps=64),
}


@dataclass(frozen=True)
class Data:
    """
    The numbers of a job.

    Attributes
    ----------
    spikes : numpy.ndarray of bool
        The input, ``[time, batch, neuron]``.
    labels : numpy.ndarray of int64
        ``[batch]``.
    weights : dict of str to numpy.ndarray
        By the name of the synapses, ``[source, target]``: what a spike adds to ``v``.
    beta : numpy.ndarray or None
        The strength of the adaptation, ``[neuron]``.
    connected : numpy.ndarray of bool or None
        The recurrent connections that there are, ``[source, target]``.
    """

    spikes: np.ndarray
    labels: np.ndarray
    weights: Mapping[str, np.ndarray] = field(repr=False)
    beta: np.ndarray | None = None
    connected: np.ndarray | None = None


def make_data(job: Job, seed: int = 0, dtype=np.float32) -> Data:
    """
    Draw the weights, inputs and labels of a job.

    Parameters
    ----------
    job : `Recurrent` or `FeedForward`
    seed : int
    dtype : numpy dtype
        Of the weights. The values are those of float32 in any case.

    Returns
    -------
    data : `Data`
    """
    random = np.random.default_rng(seed)
    make = _recurrent_data if isinstance(job, Recurrent) else _feed_forward_data
    return make(job, random, np.dtype(dtype))


def delayed_spikes(job: Job, data: Data, dtype=np.float32) -> np.ndarray:
    """
    Give the inputs as programs need them whose synapses take no time.

    Parameters
    ----------
    job : `Recurrent` or `FeedForward`
    data : `Data`
    dtype : numpy dtype

    Returns
    -------
    spikes : numpy.ndarray
        ``[time, batch, neuron]``: later by one time step for each layer, the first ones empty.
    """
    steps = 1 if isinstance(job, Recurrent) else len(job.layers) - 1
    spikes = np.zeros(data.spikes.shape, dtype)
    spikes[steps:] = data.spikes[:-steps]
    return spikes


def readout_weights(job: Recurrent, dtype=np.float32) -> np.ndarray:
    """
    Give how much a spike at each time step counts in the mean of the leaky readout, ``[time]``.

    Parameters
    ----------
    job : `Recurrent`
    dtype : numpy dtype
    """
    remaining = np.arange(job.steps, 0, -1)
    return ((1 - KAPPA**remaining) / (1 - KAPPA) / job.steps).astype(dtype)


def _recurrent_data(job, random, dtype) -> Data:
    neurons, kept = job.neurons, THRESHOLD / ALPHA
    connected = random.random((neurons, neurons)) < job.connectivity
    np.fill_diagonal(connected, False)
    shape = (job.inputs, neurons)
    into = kept * job.input_strength / np.sqrt(job.inputs)
    among = kept * job.recurrent_strength / np.sqrt(neurons * job.connectivity)
    weights = {
        "S_in": into * random.standard_normal(shape),
        "S_rec": among * random.standard_normal((neurons, neurons)) * connected,
        "S_out": random.standard_normal((neurons, job.outputs)) / np.sqrt(neurons),
    }
    beta = np.where(np.arange(neurons) < neurons - job.adaptive, 0.0, BETA).astype(dtype)
    spikes, labels = _trials(job, job.inputs, job.outputs, random)
    return Data(spikes, labels, _rounded(weights, dtype), beta, connected)


def _feed_forward_data(job, random, dtype) -> Data:
    pairs = zip(job.layers, job.layers[1:], job.strengths, strict=False)
    weights = {
        f"S_{number}": strength / ALPHA / np.sqrt(before) * random.standard_normal((before, after))
        for number, (before, after, strength) in enumerate(pairs, start=1)
    }
    spikes, labels = _trials(job, job.layers[0], job.layers[-1], random)
    return Data(spikes, labels, _rounded(weights, dtype))


def _trials(job, inputs, outputs, random):
    spikes = random.random((job.steps, job.batch, inputs), dtype=np.float32) < job.input_rate
    return spikes, random.integers(0, outputs, size=job.batch)


def _rounded(weights, dtype):
    return {name: w.astype(np.float32).astype(dtype) for name, w in weights.items()}
