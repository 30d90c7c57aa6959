"""The network as one ``jax.lax.scan``, with all products inside: the fastest of several forms."""

import jax
import jax.numpy as jnp

from ..jax_program import JaxProgram, arctan, triangular, use_precision
from ..jobs import ALPHA, KAPPA, REFRACTORY, RHO, THRESHOLD, Recurrent, delayed_spikes


def adaptive_step(state, current, recurrent, beta):
    """Do one time step of the adaptive neurons; the state begins with the spikes."""
    z, v, b, waiting = state
    v = ALPHA * (v + current + z @ recurrent - z * (THRESHOLD + beta * b))
    b = RHO * (b + z)
    threshold = THRESHOLD + beta * b
    z = triangular((v - threshold) / threshold) * (waiting <= 0)
    waiting = jnp.maximum(waiting + REFRACTORY * jax.lax.stop_gradient(z) - 1, 0)
    return z, v, b, waiting


def recurrent_run(job, data):
    """Make the function that runs the recurrent network."""
    inputs, beta = jnp.asarray(delayed_spikes(job, data, data.beta.dtype)), jnp.asarray(data.beta)
    rest = (jnp.zeros((job.batch, job.neurons), beta.dtype),) * 4
    nothing = jnp.zeros((job.batch, job.outputs), beta.dtype)

    def run(weights):
        def step(carry, spikes):
            state, y, total, count = carry
            state = adaptive_step(state, spikes @ weights["S_in"], weights["S_rec"], beta)
            y = KAPPA * y + state[0] @ weights["S_out"]
            return (state, y, total + y, count + state[0].mean()), None

        (_, _, total, count), _ = jax.lax.scan(step, (rest, nothing, nothing, 0.0), inputs)
        return total / job.steps, [count / job.steps]

    return run


def feed_forward_run(job, data):
    """Make the function that runs the feed-forward network."""
    dtype = data.weights["S_1"].dtype
    inputs = jnp.asarray(delayed_spikes(job, data, dtype))
    rest = [jnp.zeros((job.batch, size), dtype) for size in job.layers[1:]]

    def run(weights):
        def step(carry, spikes):
            membranes, counts = [], []
            for v, count, weight in zip(*carry, weights.values(), strict=True):
                v = ALPHA * (v + spikes @ weight)
                spikes = arctan(v - 1)
                membranes.append(v - spikes)
                counts.append(count + spikes)
            return (membranes, counts), None

        (_, counts), _ = jax.lax.scan(step, (rest, rest), inputs)
        return 10 * counts[-1] / job.steps, [count.mean() / job.steps for count in counts]

    return run


def build(job, data) -> JaxProgram:
    """Make the training of a job."""
    use_precision(data)
    run = (recurrent_run if isinstance(job, Recurrent) else feed_forward_run)(job, data)
    weights = {name: jnp.asarray(weight) for name, weight in data.weights.items()}
    return JaxProgram(weights, run, data)
