"""Spyx's own neurons, in a unit in which the threshold is 1. They fire one time step later."""

import jax
import jax.numpy as jnp
import spyx
from flax import nnx

from ..jax_program import JaxProgram, arctan, triangular, use_precision
from ..jobs import ALPHA, DT, KAPPA, THRESHOLD, Recurrent
from ..tuning import tuned_gain
from .spyx_layers import Count, Product


def recurrent_run(job, inputs):
    """Make the function that runs the recurrent network."""

    def run(weights):
        neurons = spyx.nn.RLIF((job.neurons,), beta=ALPHA, activation=triangular, rngs=nnx.Rngs(0))
        neurons.recurrent_w = nnx.Param(weights["S_rec"])
        layers = (
            Product(weights["S_in"]),
            neurons,
            Count(),
            Product(weights["S_out"]),
            spyx.nn.LI((job.outputs,), beta=KAPPA, rngs=nnx.Rngs(0)),
        )
        y, state = spyx.nn.run(spyx.nn.Sequential(*layers), inputs)
        return y.mean(0), [state[2] / job.steps]

    return run


def feed_forward_run(job, inputs):
    """Make the function that runs the feed-forward network."""

    def run(weights):
        layers = []
        for weight, size in zip(weights.values(), job.layers[1:], strict=True):
            neurons = spyx.nn.LIF((size,), beta=ALPHA, activation=arctan, rngs=nnx.Rngs(0))
            layers += [Product(weight), neurons, Count()]
        spikes, state = spyx.nn.run(spyx.nn.Sequential(*layers), inputs)
        return 10 * spikes.mean(0), [count / job.steps for count in state[2::3]]

    return run


def build(job, data) -> JaxProgram:
    """Make the training of a job."""
    use_precision(data)
    recurrent = isinstance(job, Recurrent)
    into = ALPHA / THRESHOLD if recurrent else ALPHA
    factors = {name: 1.0 if name == "S_out" else into for name in data.weights}
    weights = {name: jnp.asarray(w * factors[name]) for name, w in data.weights.items()}
    dtype = next(iter(data.weights.values())).dtype
    inputs = jnp.asarray(data.spikes.astype(dtype))
    run = (recurrent_run if recurrent else feed_forward_run)(job, inputs)
    if recurrent:
        only_rate = jax.jit(lambda weights: run(weights)[1][0] * 1e3 / DT)
        start = weights["S_in"]
        gain = tuned_gain(lambda gain: float(only_rate({**weights, "S_in": gain * start})))
        weights["S_in"] = gain * start
        factors["S_in"] *= gain
    return JaxProgram(weights, run, data, factors)
