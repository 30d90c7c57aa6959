"""Random numbers, per trial.

In conformance each trial has numpy's legacy generator, so that trial 0 draws exactly what a
Brian2 run with the same seed draws. In training one torch generator draws for the whole batch, and
uniform numbers are a function of where they are needed.
"""

from __future__ import annotations

from copy import deepcopy

import numpy as np
import torch

from .counters import key_of

__all__ = ["NumpyRandom", "TorchRandom", "SAMPLERS", "binomial", "random_source"]


def random_source(target, seed, batch, previous=None):
    """Return the random numbers of a run.

    Parameters
    ----------
    target : Target
    seed : int or None
    batch : int
    previous : State, optional
        What the run goes on from; without a seed its generators go on too.
    """
    if previous is not None and seed is None:
        return previous.random.snapshot()
    if target.exact:
        return NumpyRandom.seeded(seed, batch, target.dtype)
    return TorchRandom.seeded(seed, target.dtype, target.device)


class NumpyRandom:
    """One numpy generator per trial.

    Parameters
    ----------
    generators : list of numpy.random.RandomState or module
        ``numpy.random`` itself stands for the global generator, which ``brian2.seed`` sets.
    """

    def __init__(self, generators, dtype=torch.float64, stands_for_global=False):
        self.generators, self.dtype = generators, dtype
        self.stands_for_global = stands_for_global

    @classmethod
    def seeded(cls, seed, batch, dtype):
        """Return generators for ``batch`` trials, of which the first is ``brian2.seed(seed)``.

        Without a seed the first one goes on from numpy's global generator, and the others depend
        on its state.
        """
        first = np.random.RandomState(seed)
        if seed is None:
            first.set_state(np.random.get_state())
        root = np.random.SeedSequence(seed if seed is not None else first.get_state()[1].tolist())
        others = [np.random.RandomState(np.random.MT19937(s)) for s in root.spawn(batch - 1)]
        return cls([first, *others], dtype, stands_for_global=seed is None)

    def finish(self):
        """Bring numpy's global generator to where the one that stood for it is."""
        if self.stands_for_global:
            np.random.set_state(self.generators[0].get_state())

    def snapshot(self):
        """Return generators in the same state; the global one is shared."""
        copies = [g if g is np.random else deepcopy(g) for g in self.generators]
        return NumpyRandom(copies, self.dtype, self.stands_for_global)

    def per_trial(self, sample, batch, size, where=None):
        """Draw ``[batch, size]``; where a mask is given, only for its true elements, in order."""
        drawn = torch.zeros(batch, size, dtype=self.dtype, device="cpu")
        everywhere = torch.ones(batch, size, dtype=torch.bool, device="cpu")
        mask = everywhere if where is None else where.expand(batch, size)
        for trial in range(batch):
            own = sample.of(lambda rate, k=trial: rate.expand(batch, size)[k, mask[k]])
            drawn[trial, mask[trial]] = self._draw(own, trial, int(mask[trial].sum()))
        return drawn

    def per_event(self, sample, trial, batch):
        """Draw one number per event, the events of each trial in order."""
        drawn = torch.zeros(len(trial), dtype=self.dtype, device="cpu")
        for k in range(batch):
            mine = trial == k
            own = sample.of(lambda rate, mine=mine: rate.expand(len(trial))[mine])
            drawn[mine] = self._draw(own, k, int(mine.sum()))
        return drawn

    def _draw(self, sample, trial, size):
        values = sample.numpy(self.generators[trial], size)
        return torch.as_tensor(np.asarray(values), dtype=self.dtype, device="cpu")


class TorchRandom:
    """One torch generator for all trials."""

    def __init__(self, generator, dtype, device):
        self.generator, self.dtype, self.device = generator, dtype, device

    @classmethod
    def seeded(cls, seed, dtype, device):
        """Return a generator; without a seed it takes one from torch's global generator."""
        generator = torch.Generator(device)
        if seed is None:
            seed = int(torch.randint(2**62, (), device="cpu").item())
        generator.manual_seed(seed)
        return cls(generator, dtype, device)

    def key(self, call: str) -> int:
        """Return the key of the uniform numbers of a call; see `brian2_l2l.mirror.counters`."""
        return key_of(self.generator.initial_seed(), call)

    def finish(self):
        """Leave torch's global generator as it is: the seed was all that was taken from it."""

    def snapshot(self):
        """Return a generator in the same state."""
        generator = torch.Generator(self.device)
        generator.set_state(self.generator.get_state())
        return TorchRandom(generator, self.dtype, self.device)

    def per_trial(self, sample, batch, size, where=None):
        """Draw ``[batch, size]``."""
        return sample.torch((batch, size), self)

    def per_event(self, sample, trial, batch):
        """Draw one number per event."""
        return sample.torch((len(trial),), self)


class Sampler:
    """A distribution, drawn by numpy or by torch."""

    def of(self, pick):
        """Return the distribution of some of the elements; ``pick`` selects their parameters."""
        return self


class Uniform(Sampler):
    """``rand()``."""

    def numpy(self, generator, size):
        return generator.rand(size)

    def torch(self, shape, random):
        return torch.rand(
            shape, generator=random.generator, dtype=random.dtype, device=random.device
        )


class Normal(Sampler):
    """``randn()``, or with ``loc`` and ``scale`` the normal approximation of a binomial."""

    def __init__(self, loc=0.0, scale=1.0, standard=True):
        self.loc, self.scale, self.standard = loc, scale, standard

    def numpy(self, generator, size):
        if self.standard:
            return generator.randn(size)
        return generator.normal(self.loc, self.scale, size=size)

    def torch(self, shape, random):
        drawn = torch.randn(
            shape, generator=random.generator, dtype=random.dtype, device=random.device
        )
        return self.loc + self.scale * drawn


class Poisson(Sampler):
    """``poisson(lam)``."""

    def __init__(self, rate):
        self.rate = rate

    def numpy(self, generator, size):
        return generator.poisson(self.rate, size=size)

    def of(self, pick):
        if not isinstance(self.rate, torch.Tensor):
            return self
        return Poisson(pick(self.rate.detach()).numpy())

    def torch(self, shape, random):
        rate = torch.as_tensor(self.rate, dtype=random.dtype, device=random.device)
        return torch.poisson(rate.expand(shape).contiguous(), generator=random.generator)


class Binomial(Sampler):
    """Brian2's ``BinomialFunction``."""

    def __init__(self, n, p):
        self.n, self.p = int(n), p

    def numpy(self, generator, size):
        return generator.binomial(self.n, self.p, size=size)

    def torch(self, shape, random):
        count = torch.full(shape, float(self.n), dtype=random.dtype, device=random.device)
        chance = torch.full_like(count, self.p)
        return torch.binomial(count, chance, generator=random.generator)


def binomial(parameters):
    """Return the sampler for the numbers that Brian2's function holds."""
    if "loc" in parameters:
        return Normal(parameters["loc"], parameters["scale"], standard=False)
    return Binomial(parameters["n"], parameters["p"])


SAMPLERS = {"rand": Uniform, "randn": Normal, "poisson": Poisson}
