"""Spyx with a layer of our equations, run by its own scan."""

import jax.numpy as jnp
import spyx
from flax import nnx

from ..jax_program import JaxProgram, use_precision
from ..jobs import KAPPA, delayed_spikes
from .spyx_layers import AdaptiveNeurons, Count, Product


def build(job, data) -> JaxProgram:
    """Make the training of a job."""
    use_precision(data)
    beta = jnp.asarray(data.beta)
    inputs = jnp.asarray(delayed_spikes(job, data, data.beta.dtype))

    def run(weights):
        layers = (
            Product(weights["S_in"]),
            AdaptiveNeurons(weights["S_rec"], beta),
            Count(),
            Product(weights["S_out"]),
            spyx.nn.LI((job.outputs,), beta=KAPPA, rngs=nnx.Rngs(0)),
        )
        y, state = spyx.nn.run(spyx.nn.Sequential(*layers), inputs)
        return y.mean(0), [state[2] / job.steps]

    weights = {name: jnp.asarray(weight) for name, weight in data.weights.items()}
    return JaxProgram(weights, run, data)
