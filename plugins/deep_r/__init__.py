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

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

from brian2_l2l.errors import TrainingError
from brian2_l2l.hookspecs import hookimpl
from brian2_l2l_plugins.deep_r.matrix import Matrix

__all__ = ["DeepR", "deep_r"]


class DeepR:
    """Moves the connections of some synapses; see `deep_r`."""

    def __init__(self, matrices: Sequence[Matrix], budget: str, l1, temperature, generator):
        self.matrices, self.budget = matrices, budget
        self.l1, self.temperature, self.generator = l1, temperature, generator

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
        sizes = [len(places) for places in free]
        owner = torch.cat([torch.full((n,), k, device="cpu") for k, n in enumerate(sizes)])
        chosen = self._some(torch.arange(len(owner), device="cpu"), sum(missing))
        places = torch.cat(free)
        return [places[chosen[owner[chosen] == k]] for k in range(len(free))]

    def _some(self, values: torch.Tensor, number: int) -> torch.Tensor:
        return values[_distinct(len(values), number, self.generator)]

    def state_dict(self) -> dict[str, Any]:
        """Return what the mirror does not know: signs of sources, and the random numbers."""
        signs = {matrix.synapses.name: matrix.source_signs for matrix in self.matrices}
        return {"source_signs": signs, "random": self.generator.get_state()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state_dict` returned; the mirror has its connections already."""
        self.generator.set_state(state["random"])
        for matrix in self.matrices:
            matrix.source_signs = state["source_signs"][matrix.synapses.name]
            matrix.read()


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
    The connections of a source whose weights have one sign at the start keep this sign. A source
    without connections gets the sign that the same neuron has in other synapses, or a random one.
    The connections of a source with weights of both signs get theirs at random when they become
    active. What else synapses differ in, as their delays, a new connection has from one that went.
    """
    if budget not in ("together", "each"):
        raise TrainingError(f"budget={budget!r}; write 'together' or 'each'.")
    generator = torch.Generator().manual_seed(seed)
    matrices = [
        Matrix(mirror, optimiser, mirror.synapses[name], variable, autapses)
        for name in _names_of(mirror, synapses, variable)
    ]
    _share_signs(matrices, generator)
    return DeepR(matrices, budget, l1, temperature, generator)


def _distinct(size: int, number: int, generator: torch.Generator) -> torch.Tensor:
    """Draw different numbers below `size`, in random order."""
    if 4 * number > size:
        return torch.randperm(size, generator=generator, device="cpu")[:number]
    # Few of many: rather than to shuffle them all, draw again what was drawn before.
    found: dict[int, None] = {}
    while len(found) < number:
        drawn = torch.randint(size, (number,), generator=generator, device="cpu")
        found.update(dict.fromkeys(drawn.tolist()))
    return torch.tensor(list(found)[:number], dtype=torch.int64, device="cpu")


def _share_signs(matrices: Sequence[Matrix], generator: torch.Generator) -> None:
    # Those with most connections know most signs.
    known: list[Matrix] = []
    for matrix in sorted(matrices, key=lambda matrix: -len(matrix.sources)):
        matrix.take_signs(known, generator)
        known.append(matrix)


def _names_of(mirror: torch.nn.Module, synapses: Sequence[Any] | None, variable: str) -> list[str]:
    trained = [
        name
        for name, trained in mirror.values.by_key
        if trained == variable and name in mirror.synapses
    ]
    names = trained if synapses is None else [getattr(s, "name", s) for s in synapses]
    for name in names:
        if name not in trained:
            raise TrainingError(f"'{name}.{variable}' is not trained, so DEEP R cannot move it.")
    if not names:
        raise TrainingError("DEEP R needs a Synapses object whose weights are trained.")
    return names


@hookimpl
def rewirings() -> Mapping[str, Callable]:
    """Contribute this rewiring."""
    return {"deep_r": deep_r}
