"""Layers for Spyx: products, a count of the spikes, and neurons with our equations."""

import jax.numpy as jnp
from flax import nnx

from .jax_scan import adaptive_step


class Product(nnx.Module):
    """A product with a matrix."""

    def __init__(self, matrix):
        self.matrix = matrix

    def __call__(self, x):
        """Multiply."""
        return x @ self.matrix


class Count(nnx.Module):
    """Passes spikes on and adds up their mean."""

    def __call__(self, spikes, count):
        """Add."""
        return spikes, count + spikes.mean()

    def initial_state(self, batch):
        """Start from nothing."""
        return jnp.zeros(())


class AdaptiveNeurons(nnx.Module):
    """Neurons that adapt and are refractory, with recurrent connections."""

    def __init__(self, recurrent, beta):
        self.recurrent, self.beta = recurrent, beta

    def __call__(self, current, state):
        """Do one time step."""
        state = adaptive_step(state, current, self.recurrent, self.beta)
        return state[0], state

    def initial_state(self, batch):
        """Give the state at rest."""
        return (jnp.zeros((batch, len(self.beta)), self.beta.dtype),) * 4
