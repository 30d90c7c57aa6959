"""State updates by the methods of the GNU Scientific Library."""

from __future__ import annotations

from dataclasses import replace

import torch

from ...spec.gsl import DERIVATIVE
from ..runge_kutta import PAIRS, Integrator
from .base import CodeStep, Step
from .neurons import StateUpdate

__all__ = ["AdaptiveStateUpdate"]


class Derivatives(CodeStep):
    """Compute the derivatives of all variables."""

    hoisted = True

    def result_names(self):
        return tuple(name for _, name in self.block.options["derivatives"])


class AdaptiveStateUpdate(Step):
    """Integrate over one time step, with as many smaller steps as the errors ask for.

    The time stays that of the start of the step, as in Brian2.
    """

    def __init__(self, block, spec, target):
        super().__init__(block, spec, target)
        kept = [s for s in block.vector if not s.target.startswith(DERIVATIVE)]
        self.before = StateUpdate(replace(block, vector=tuple(kept)), spec, target)
        slopes = [s for s in block.vector if s.target not in block.arrays]
        name = f"{block.name} derivatives"
        self.slopes = Derivatives(replace(block, vector=tuple(slopes), name=name), spec, target)
        self.arrays = [array for array, _ in block.options["derivatives"]]
        options = block.options
        self.integrator = Integrator(
            PAIRS[options["integrator"]],
            options["errors"],
            options["adaptable"],
            options["max_steps"],
        )
        self.duration = spec.clocks[block.clock].dt

    @property
    def source(self):
        return f"{self.before.source}\n{self.slopes.source}"

    def prepare(self, state):
        self.before.prepare(state)
        self.slopes.prepare(state)

    def run(self, state):
        self.before.run(state)
        arrays = state.arrays
        values = [arrays[array] for array in self.arrays]
        size = f"{self.name} step size"
        if not self.block.options["keep_step"] or size not in arrays:
            shape, double = values[0].shape, torch.float64
            arrays[size] = torch.full(shape, self.duration, dtype=double, device=state.device)
        values, arrays[size] = self.integrator.advance(
            lambda moved: self._derivatives(state, moved), values, self.duration, arrays[size]
        )
        arrays.update(zip(self.arrays, values, strict=True))

    def _derivatives(self, state, values):
        state.arrays.update(zip(self.arrays, values, strict=True))
        found = self.slopes.execute(self.slopes.lanes(state))
        return [
            torch.as_tensor(slope, dtype=value.dtype, device=state.device).expand(value.shape)
            for slope, value in zip(found, values, strict=True)
        ]
