"""DEEP R: training moves connections, and their number stays.

The size of a weight is its value in the direction of its sign. After each step of the optimiser,
connections lose ``learning_rate*l1`` of their size and take a random step of the temperature. Those
that are not above zero any more become dormant, and as many dormant ones, drawn from all pairs of
neurons, become active with a size of almost zero. No weight changes its sign [1]_.

References
----------
.. [1] Bellec, Kappel, Maass, Legenstein 2018, ICLR, arXiv 1711.05136; the order of the steps is
   that of the code for Bellec, Salaj, Subramoney, Legenstein, Maass 2018, NeurIPS, arXiv 1803.09574
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from brian2 import Synapses

from brian2_l2l.errors import TrainingError
from brian2_l2l.hookspecs import hookimpl

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
    sources, targets : torch.Tensor
        ``(synapse,)``.
    signs : torch.Tensor
        ``(synapse,)``: 1 or -1.
    """

    def __init__(self, mirror, optimiser, synapses: Synapses, variable: str, autapses: bool):
        self.mirror, self.optimiser = mirror, optimiser
        self.synapses, self.variable = synapses, variable
        self.weights = dict(mirror.named_parameters())[f"values.{synapses.name}.{variable}"]
        self.group = _group_of(optimiser, self.weights)
        now = mirror.connections(synapses)
        self.sources, self.targets = (
            torch.from_numpy(index).long() for index in (now.sources, now.targets)
        )
        self.signs = self.weights.detach().sign().cpu()
        self._possible = torch.ones(len(synapses.source), len(synapses.target), dtype=torch.bool)
        if not autapses and synapses.source is synapses.target:
            self._possible.fill_diagonal_(False)
        self._check()
        self._source_signs = self._signs_of_sources()

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

    def _signs_of_sources(self) -> torch.Tensor:
        """Return 1 or -1 for each source, 0 where it has weights of both signs or none."""
        signs = [
            torch.zeros(len(self._possible)).scatter_reduce(0, self.sources, self.signs, extreme)
            for extreme in ("amin", "amax")
        ]
        return signs[0] + signs[1]

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
            noise = torch.randn(size.shape, generator=generator)
            size += math.sqrt(2 * rate * temperature) * noise.to(size)
        self.weights.data.copy_(size * signs)
        return (size > 0).cpu()

    def replace(self, active: torch.Tensor, places: torch.Tensor, generator) -> None:
        """Let connections that are not active go, and make new ones at these places."""
        if bool(active.all()) and not len(places):
            return
        columns = self._possible.shape[1]
        sources, targets = places // columns, places % columns
        random = 2.0 * torch.randint(2, places.shape, generator=generator) - 1
        known = self._source_signs[sources]
        signs = torch.where(known == 0, random, known)
        order = _order(active, len(places))
        self.sources = torch.cat([self.sources, sources])[order]
        self.targets = torch.cat([self.targets, targets])[order]
        self.signs = torch.cat([self.signs, signs])[order]
        order = order.to(self.weights.device)
        new = torch.cat([self.weights.detach(), (SMALLEST * signs).to(self.weights)])[order]
        state = self.optimiser.state.get(self.weights, {})
        for key, values in state.items():
            if torch.is_tensor(values) and values.shape == self.weights.shape:
                zeros = values.new_zeros(len(places))
                state[key] = torch.cat([values, zeros])[order]
        self.connect(new)

    def connect(self, weights: torch.Tensor) -> None:
        """Give the mirror the present connections."""
        self.mirror.rewire(self.synapses, self.sources, self.targets, {self.variable: weights})


def _order(active: torch.Tensor, new: int) -> torch.Tensor:
    """Return where each connection comes from, old ones followed by new ones.

    New ones take the places of those that went, so that what remains stays where it is.
    """
    order = torch.arange(len(active))
    gone = (~active).nonzero()[:, 0]
    filled = min(len(gone), new)
    fresh = len(active) + torch.arange(new)
    order[gone[:filled]] = fresh[:filled]
    keep = torch.ones(len(active), dtype=torch.bool)
    keep[gone[filled:]] = False
    return torch.cat([order[keep], fresh[filled:]])


def _group_of(optimiser: torch.optim.Optimizer, parameter: torch.nn.Parameter) -> dict:
    return next(
        group
        for group in optimiser.param_groups
        if any(one is parameter for one in group["params"])
    )


class DeepR:
    """Moves the connections of some synapses; see `deep_r`."""

    def __init__(
        self, matrices: Sequence[Matrix], budget: str, l1: float, temperature: float, seed
    ):
        self.matrices, self.budget = matrices, budget
        self.l1, self.temperature = l1, temperature
        self.generator = torch.Generator().manual_seed(seed)

    def step(self) -> None:
        """Shrink all weights, and replace the connections that have become dormant."""
        active = [m.shrink(self.l1, self.temperature, self.generator) for m in self.matrices]
        # A pair that has just become dormant can come back at once.
        free = []
        for matrix, kept in zip(self.matrices, active, strict=True):
            free.append(torch.cat([matrix.dormant(), matrix.places[~kept]]))
        missing = [int((~kept).sum()) for kept in active]
        drawn = self._draw(free, missing)
        for matrix, kept, places in zip(self.matrices, active, drawn, strict=True):
            matrix.replace(kept, places, self.generator)

    def _draw(self, free: list[torch.Tensor], missing: list[int]) -> list[torch.Tensor]:
        if self.budget == "each":
            return [self._some(p, n) for p, n in zip(free, missing, strict=True)]
        owner = torch.repeat_interleave(torch.tensor([len(places) for places in free]))
        chosen = self._some(torch.arange(len(owner)), sum(missing))
        places = torch.cat(free)
        return [places[chosen[owner[chosen] == k]] for k in range(len(free))]

    def _some(self, values: torch.Tensor, number: int) -> torch.Tensor:
        return values[torch.randperm(len(values), generator=self.generator)[:number]]

    def state_dict(self) -> dict[str, Any]:
        """Return the connections and the state of the random numbers."""
        connections = {
            m.synapses.name: {"sources": m.sources, "targets": m.targets, "signs": m.signs}
            for m in self.matrices
        }
        return {"connections": connections, "random": self.generator.get_state()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state_dict` returned; the mirror has its weights already."""
        self.generator.set_state(state["random"])
        for matrix in self.matrices:
            for name, values in state["connections"][matrix.synapses.name].items():
                setattr(matrix, name, values)
            matrix.connect(matrix.weights.detach().clone())


def deep_r(
    mirror: torch.nn.Module,
    optimiser: torch.optim.Optimizer,
    *,
    synapses: Sequence[Any] | None = None,
    variable: str = "w",
    budget: str = "together",
    l1: float = 1e-2,
    temperature: float = 0.0,
    autapses: bool = False,
    seed: int = 0,
) -> DeepR:
    """Move connections while their number and all signs stay.

    Parameters
    ----------
    mirror : Mirror
    optimiser : torch.optim.Optimizer
        Its learning rate is that of the weights; of new connections it remembers nothing.
    synapses : sequence of Synapses or str, optional
        Whose connections move. By default all with trained weights.
    variable : str
        The trained weights.
    budget : {'together', 'each'}
        Whether the number of connections stays for all synapses together or for each.
    l1 : float
        How much of its size each weight loses, as a part of the learning rate.
    temperature : float
        Of the random steps, which have the variance ``2*learning_rate*temperature``.
    autapses : bool
        Whether a neuron of a group that connects to itself may connect to itself.
    seed : int
        Of the new places and of the random steps.

    Returns
    -------
    rewiring : DeepR

    Raises
    ------
    TrainingError
        If the synapses have no trained weights, weights without a sign, or several synapses
        between the same neurons; or `budget` is another word.

    Notes
    -----
    The connections of a source whose weights have one sign at the start keep this sign; those of
    others get a random one when they become active.
    """
    if budget not in ("together", "each"):
        raise TrainingError(f"budget={budget!r}; write 'together' or 'each'.")
    trained = [name for name, trained in mirror.values.by_key if trained == variable]
    chosen = [getattr(s, "name", s) for s in synapses] if synapses is not None else trained
    for name in chosen:
        if name not in trained:
            raise TrainingError(f"'{name}.{variable}' is not trained, so DEEP R cannot move it.")
    matrices = [
        Matrix(mirror, optimiser, mirror.synapses[name], variable, autapses)
        for name in chosen
        if name in mirror.synapses
    ]
    if not matrices:
        raise TrainingError("DEEP R needs a Synapses object whose weights are trained.")
    return DeepR(matrices, budget, l1, temperature, seed)


@hookimpl
def rewirings() -> Mapping[str, Callable]:
    """Contribute this rewiring."""
    return {"deep_r": deep_r}
