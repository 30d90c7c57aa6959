"""The training of a job by JAX: loss, gradients and Adam, compiled as one function."""

from collections.abc import Callable, Mapping

import jax
import jax.numpy as jnp
import numpy as np
import optax

from . import jobs
from .jobs import Data


class JaxProgram:
    """
    Trains weights through a function that gives logits and rates.

    Parameters
    ----------
    weights : dict of str to jax.Array
        By synapses, ``[source, target]``.
    run : callable
        Takes the weights, gives the logits and the mean spikes of each group per time step.
    data : `Data`
    factors : dict of str to float, optional
        How many times larger than ours the weights are.
    """

    def __init__(
        self,
        weights: Mapping[str, jax.Array],
        run: Callable,
        data: Data,
        factors: Mapping[str, float] | None = None,
    ):
        self.weights, self.factors = dict(weights), factors or {}
        labels = jnp.asarray(data.labels)
        adam = optax.adam(jobs.LEARNING_RATE)
        self.moments = adam.init(self.weights)

        def loss(weights):
            logits, means = run(weights)
            losses = optax.softmax_cross_entropy_with_integer_labels(logits, labels)
            return losses.mean(), means

        def step(weights, moments):
            gradients, _ = jax.grad(loss, has_aux=True)(weights)
            updates, moments = adam.update(gradients, moments)
            return optax.apply_updates(weights, updates), moments

        self._loss_and_gradients = jax.jit(jax.value_and_grad(loss, has_aux=True))
        self._step = jax.jit(step)
        # Loads the compiler, so that it does not count as memory of a step.
        jax.jit(lambda x: x + 1)(jnp.zeros(1))

    def gradients(self) -> float:
        """Run forward and backward, and give the loss."""
        (loss, self.means), self.found = self._loss_and_gradients(self.weights)
        return float(loss)

    def step(self) -> None:
        """Do one training step."""
        after = self._step(self.weights, self.moments)
        self.weights, self.moments = jax.block_until_ready(after)

    def arrays(self) -> dict[str, np.ndarray]:
        """Give the gradients in our units."""
        return {
            name: np.asarray(gradient) * self.factors.get(name, 1.0)
            for name, gradient in self.found.items()
        }

    def rates(self) -> list[float]:
        """Give the mean rates of the latest `gradients`."""
        return [float(mean) * 1e3 / jobs.DT for mean in self.means]


def use_precision(data: Data) -> None:
    """Let JAX compute in the precision of the weights; before any array is made."""
    double = next(iter(data.weights.values())).dtype == np.float64
    jax.config.update("jax_enable_x64", bool(double))


def spike(surrogate: Callable) -> Callable:
    """
    Make a step function with a surrogate as its derivative.

    Parameters
    ----------
    surrogate : callable
        The derivative as a function of the margin.
    """

    @jax.custom_jvp
    def fire(margin):
        return (margin > 0).astype(margin.dtype)

    @fire.defjvp
    def _(margins, tangents):
        return fire(*margins), surrogate(*margins) * tangents[0]

    return fire


triangular = spike(lambda x: jobs.DAMPENING * jnp.maximum(0, 1 - jnp.abs(x)))
arctan = spike(lambda x: 1 / (1 + (jnp.pi * x) ** 2))
