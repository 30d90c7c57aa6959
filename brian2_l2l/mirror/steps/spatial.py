"""The cable equation of a ``SpatialNeuron``, as Brian2's numpy target solves it.

Each section gives three tridiagonal systems (a particular solution and two homogeneous ones, for
potential 1 at either end); a small system over the branching points combines them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from ...errors import UnsupportedModelError
from ..lanes import StaticLanes
from ..tridiagonal import solve_tridiagonal
from .base import CodeStep

__all__ = ["SpatialStateUpdate"]

FIXED = ("Cm", "Ri", "area", "r_length_1", "r_length_2")


@dataclass(frozen=True)
class Section:
    """One unbranched section and where it stands in the tree."""

    index: int
    parent: int
    child: int
    first: int
    stop: int
    start_conductance: float
    end_conductance: float


class SpatialStateUpdate(CodeStep):
    """Advance the membrane potential of all compartments by one time step."""

    results = ("_gtot", "_I0")
    hoisted = True

    def __init__(self, block, spec, target):
        super().__init__(block, spec, target)
        for name in FIXED:
            if block.options[name] in target.tensors:
                raise UnsupportedModelError(
                    f"'{block.options[name]}' cannot be trained or set per trial: the cable's "
                    "matrix is made of it before the run. Train a channel conductance instead."
                )
        self.sections = self._sections()
        children = self._values("_morph_children_num")
        table = self._values("_morph_children").reshape(len(children), -1)
        self.children = [list(table[k, : children[k]]) for k in range(len(children))]

    def _values(self, name: str) -> np.ndarray:
        return self.spec.arrays[self.block.options[name]].values

    def _sections(self) -> list[Section]:
        names = ("_morph_parent_i", "_morph_idxchild", "_starts", "_ends", "_invr0", "_invrn")
        columns = zip(*(self._values(name) for name in names), strict=True)
        return [
            Section(k, int(parent), int(child), int(first), int(stop), float(r0), float(rn))
            for k, (parent, child, first, stop, r0, rn) in enumerate(columns)
        ]

    def lanes(self, state):
        cache = state.once.setdefault((self.name, "positions"), {})
        return StaticLanes(state, state.size(self.block.options["v"]), cache=cache)

    def run(self, state):
        options, arrays = self.block.options, state.arrays
        before = arrays[options["v"]]
        conductance, current = (
            torch.as_tensor(v, dtype=before.dtype, device=before.device).expand(before.shape)
            for v in self.execute(self.lanes(state))
        )
        dt = float(self._values("dt")[0])
        capacitance = arrays[options["Cm"]]
        basis = self._basis(state, conductance, -(capacitance / dt * before) - current)
        at_branches = self._branching_points(*basis)
        after = torch.cat([self._combine(s, basis, at_branches) for s in self.sections], 1)
        arrays[options["v"]] = after
        arrays[options["Ic"]] = capacitance * (after - before) / dt

    def _basis(self, state, conductance, particular):
        arrays, options = state.arrays, self.block.options
        lower, diagonal, upper = (arrays[options[f"_ab_star{k}"]] for k in (2, 1, 0))
        diagonal = diagonal - conductance
        right = (particular, arrays[options["_b_plus"]], arrays[options["_b_minus"]])
        return [solve_tridiagonal(upper, diagonal, lower, b) for b in right]

    def _branching_points(self, star, plus, minus) -> list[torch.Tensor]:
        """Solve the tree-structured system for the potentials at the branching points."""
        size = len(self.children)
        diagonal, right = [None] * size, [None] * size
        to_parent: list[torch.Tensor] = []
        to_child: dict[tuple[int, int], torch.Tensor] = {}
        for s in self.sections:
            if s.index == 0:
                diagonal[0], right[0] = minus[:, s.first] - 1, -star[:, s.first]
                to_child[0, 0] = plus[:, s.first]
            else:
                gain = s.start_conductance
                diagonal[s.parent] = diagonal[s.parent] + (1 - minus[:, s.first]) * gain
                to_child[s.parent, s.child] = -plus[:, s.first] * gain
                right[s.parent] = right[s.parent] + star[:, s.first] * gain
            last, gain = s.stop - 1, s.end_conductance
            diagonal[s.index + 1] = (1 - plus[:, last]) * gain
            to_parent.append(-minus[:, last] * gain)
            right[s.index + 1] = star[:, last] * gain
        return self._eliminate(diagonal, right, to_parent, to_child)

    def _eliminate(self, diagonal, right, to_parent, to_child):
        for k in range(len(right) - 1, -1, -1):
            for n, child in enumerate(self.children[k]):
                factor = to_child[k, n] / diagonal[child]
                diagonal[k] = diagonal[k] - factor * to_parent[child - 1]
                right[k] = right[k] - factor * right[child]
        right[0] = right[0] / diagonal[0]
        for s in self.sections:
            k = s.index + 1
            right[k] = (right[k] - to_parent[s.index] * right[s.parent]) / diagonal[k]
        return right

    @staticmethod
    def _combine(s: Section, basis, at_branches) -> torch.Tensor:
        star, plus, minus = (part[:, s.first : max(s.stop, s.first + 1)] for part in basis)
        start, end = at_branches[s.parent], at_branches[s.index + 1]
        return star + start.unsqueeze(1) * minus + end.unsqueeze(1) * plus
