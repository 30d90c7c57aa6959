"""The connections of one Synapses object, while they move."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from brian2 import Synapses

from brian2_l2l.errors import TrainingError

__all__ = ["SMALLEST", "Matrix"]

#: The size of a weight that has just become active.
SMALLEST = 1e-12


class Matrix:
    """The connections of one Synapses object, and the weights that are trained.

    Parameters
    ----------
    mirror : Mirror
    optimiser : torch.optim.Optimizer
    synapses : Synapses
    variable : str
        The trained weights.
    autapses : bool
        Whether a neuron may connect to itself.

    Attributes
    ----------
    weights : torch.nn.Parameter
        ``(synapse,)``: what is trained.
    sources, targets : torch.Tensor
        ``(synapse,)``.
    signs : torch.Tensor
        ``(synapse,)``: 1 or -1.
    source_signs : torch.Tensor
        ``(source,)``: 1 or -1; 0 for a source with weights of both signs.
    """

    def __init__(self, mirror, optimiser, synapses: Synapses, variable, autapses):
        self.mirror, self.optimiser = mirror, optimiser
        self.synapses, self.variable = synapses, variable
        self.weights = mirror.get_parameter(f"values.{synapses.name}.{variable}")
        self.group = _group_of(optimiser, self.weights)
        self.read()
        shape = len(synapses.source), len(synapses.target)
        self._possible = torch.ones(shape, dtype=torch.bool, device="cpu")
        if not autapses and synapses.source is synapses.target:
            self._possible.fill_diagonal_(False)
        self._check()
        self.source_signs = self._signs_of_sources()

    def read(self) -> None:
        """Take the connections and their signs from the mirror."""
        now = self.mirror.connections(self.synapses)
        self.sources, self.targets = (
            torch.from_numpy(index).long() for index in (now.sources, now.targets)
        )
        self.signs = self.weights.detach().sign().cpu().float()

    def _check(self) -> None:
        name = self.synapses.name
        if len(self.places.unique()) < len(self.places):
            raise TrainingError(
                f"'{name}' has several synapses between the same neurons; DEEP R needs at most one "
                "for each pair."
            )
        if not bool(self._possible.flatten()[self.places].all()):
            raise TrainingError(
                f"'{name}' connects neurons to themselves. Write autapses=True, or connect with "
                "condition='i != j'."
            )
        if not bool(self.signs.all()):
            raise TrainingError(
                f"'{name}.{self.variable}' has weights of 0, which have no sign. Start with others."
            )

    def take_signs(self, others: Sequence[Matrix], generator: torch.Generator) -> None:
        """Give a sign to the sources without connections: that of the same neuron elsewhere.

        Parameters
        ----------
        others : sequence of Matrix
            Those that have their signs already.
        generator : torch.Generator
            Draws the signs of sources that have no connection there either.
        """
        signs = _random_signs(self.source_signs.shape, generator)
        for other in others:
            if other.synapses.source is self.synapses.source:
                signs = torch.where(other.source_signs == 0, signs, other.source_signs)
        unknown = torch.ones_like(signs, dtype=torch.bool)
        unknown[self.sources] = False
        self.source_signs = torch.where(unknown, signs, self.source_signs)

    def _signs_of_sources(self) -> torch.Tensor:
        nothing = torch.zeros(len(self._possible), device="cpu")
        low, high = (
            nothing.scatter_reduce(0, self.sources, self.signs, extreme)
            for extreme in ("amin", "amax")
        )
        return low + high

    @property
    def places(self) -> torch.Tensor:
        """``(synapse,)``: the number of the pair of neurons of each connection."""
        return self.sources * self._possible.shape[1] + self.targets

    @property
    def learning_rate(self) -> float:
        return float(self.group["lr"])

    def dormant(self) -> torch.Tensor:
        """Return the pairs of neurons that could be connected and are not."""
        free = self._possible.flatten().clone()
        free[self.places] = False
        return free.nonzero()[:, 0]

    def shrink(self, l1: float, temperature: float, generator: torch.Generator) -> torch.Tensor:
        """Make weights smaller, and return ``(synapse,)`` which of them are still active."""
        rate, signs = self.learning_rate, self.signs.to(self.weights)
        size = self.weights.detach() * signs - rate * l1
        if temperature:
            noise = torch.randn(size.shape, generator=generator, device="cpu")
            size += math.sqrt(2 * rate * temperature) * noise.to(size)
        self.weights.data.copy_(size * signs)
        return (size > 0).cpu()

    def replace(self, active: torch.Tensor, places: torch.Tensor, generator) -> None:
        """Let connections that are not active go, and make new ones at these places."""
        if bool(active.all()) and not len(places):
            return
        columns = self._possible.shape[1]
        sources, targets = places // columns, places % columns
        known = self.source_signs[sources]
        signs = torch.where(known == 0, _random_signs(places.shape, generator), known)
        order = _order(active, len(places))
        origins = _origins(active, len(places), generator)[order] if len(active) else None
        self.sources = torch.cat([self.sources, sources])[order]
        self.targets = torch.cat([self.targets, targets])[order]
        self.signs = torch.cat([self.signs, signs])[order]
        self._move_state(order, len(places))
        weights = _joined(self.weights.detach(), SMALLEST * signs, order)
        values = {self.variable: weights}
        self.mirror.rewire(self.synapses, self.sources, self.targets, values, origins)

    def _move_state(self, order: torch.Tensor, new: int) -> None:
        """Let the optimiser go on with the weights that stay, and remember nothing of new ones."""
        state = self.optimiser.state.get(self.weights, {})
        for key, values in state.items():
            if torch.is_tensor(values) and values.dim():
                state[key] = _joined(values, torch.zeros(new, device="cpu"), order)


def _joined(old: torch.Tensor, new: torch.Tensor, order: torch.Tensor) -> torch.Tensor:
    return torch.cat([old, new.to(old)])[order.to(old.device)]


def _random_signs(shape, generator: torch.Generator) -> torch.Tensor:
    return 2.0 * torch.randint(2, shape, generator=generator, device="cpu") - 1


def _order(active: torch.Tensor, new: int) -> torch.Tensor:
    """Return where each connection comes from, old ones followed by new ones.

    New ones take the places of those that went, so that what remains stays where it is.
    """
    order = torch.arange(len(active), device="cpu")
    gone = (~active).nonzero()[:, 0]
    filled = min(len(gone), new)
    fresh = len(active) + torch.arange(new, device="cpu")
    order[gone[:filled]] = fresh[:filled]
    keep = torch.ones(len(active), dtype=torch.bool, device="cpu")
    keep[gone[filled:]] = False
    return torch.cat([order[keep], fresh[filled:]])


def _origins(active: torch.Tensor, new: int, generator: torch.Generator) -> torch.Tensor:
    """Return the connection whose delay and the like each has, old ones followed by new ones.

    New ones have what those had that went; if there are more new ones, what others have.
    """
    gone = (~active).nonzero()[:, 0]
    more = torch.randint(len(active), (new,), generator=generator, device="cpu")
    return torch.cat([torch.arange(len(active), device="cpu"), gone[:new], more[len(gone) :]])


def _group_of(optimiser: torch.optim.Optimizer, parameter: torch.nn.Parameter) -> dict:
    return next(
        group
        for group in optimiser.param_groups
        if any(one is parameter for one in group["params"])
    )
