"""The functions that generated code calls.

Two tables have the same names: *exact* ones, whose forward values are numpy's to the bit (torch's
``exp`` differs by one unit in the last place for some arguments), and *fast* ones in torch alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import torch

from ..errors import UnsupportedModelError
from ..spec.network_spec import Block, FunctionSpec
from .counters import is_uniform
from .random import SAMPLERS, binomial

__all__ = ["Exact", "RandomCall", "TimedTable", "UniformCall", "block_functions", "power"]

REAL_FUNCTIONS = frozenset(
    "cos sin tan cosh sinh tanh exp log log10 expm1 exprel log1p sqrt arccos arcsin arctan".split()
)


def exprel(x):
    """Return ``(exp(x) - 1) / x``, and its limit 1 near 0."""
    small = x.abs() < 1e-16
    safe = torch.where(small, torch.ones_like(x), x)
    return torch.where(small, torch.ones_like(x), torch.expm1(safe) / safe)


def clip(x, low, high):
    """Limit ``x``; at least one of the three is a tensor."""
    like = next(value for value in (x, low, high) if isinstance(value, torch.Tensor))
    if not isinstance(x, torch.Tensor):
        x = torch.as_tensor(x, dtype=like.dtype, device=like.device)
    return torch.clamp(torch.clamp(x, min=low), max=high)


def timestep(t, dt):
    """Return the number of the step that contains ``t``, as Brian2's ``timestep`` does."""
    return ((t + 1e-3 * dt) / dt).to(torch.int64)


FAST: Mapping[str, Callable] = {
    **{name: getattr(torch, name) for name in REAL_FUNCTIONS if hasattr(torch, name)},
    "exprel": exprel,
    "abs": torch.abs,
    "sign": torch.sign,
    "ceil": lambda x: torch.ceil(x).to(torch.int32),
    "floor": lambda x: torch.floor(x).to(torch.int32),
    "int": lambda x: x.to(torch.int32),
    "clip": clip,
    "timestep": timestep,
}

#: What torch computes exactly as numpy does, following the IEEE standard.
SAME_IN_TORCH = frozenset({"abs", "sign", "ceil", "floor", "int", "clip", "timestep"})


class Exact:
    """A function with numpy's values and torch's gradient.

    Parameters
    ----------
    values : callable
        From numpy arrays to an array.
    tensors : callable or None
        The same function of tensors, for the gradient.
    name : str
    """

    def __init__(self, values, tensors, name):
        self.values, self.tensors, self.name = values, tensors, name

    def __call__(self, *arguments):
        if any(isinstance(a, torch.Tensor) and a.requires_grad for a in arguments):
            if self.tensors is None:
                raise UnsupportedModelError(missing_torch(self.name))
            return _ExactFunction.apply(self, *arguments)
        return self.forward(*arguments)

    def forward(self, *arguments):
        """Return numpy's values as a tensor."""
        with np.errstate(all="ignore"):
            values = self.values(*(_array(argument) for argument in arguments))
        return torch.as_tensor(np.asarray(values), device="cpu")


class _ExactFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, function, *arguments):
        ctx.function = function
        ctx.others = [None if isinstance(a, torch.Tensor) else a for a in arguments]
        ctx.save_for_backward(*(a for a in arguments if isinstance(a, torch.Tensor)))
        return function.forward(*arguments)

    @staticmethod
    def backward(ctx, gradient):
        saved = iter(ctx.saved_tensors)
        arguments = [next(saved) if a is None else a for a in ctx.others]
        inputs = [
            a.detach().requires_grad_() if needed else a
            for a, needed in zip(arguments, ctx.needs_input_grad[1:], strict=True)
        ]
        wanted = [a for a, needed in zip(inputs, ctx.needs_input_grad[1:], strict=True) if needed]
        with torch.enable_grad():
            value = ctx.function.tensors(*inputs)
        found = iter(torch.autograd.grad(value, wanted, gradient, allow_unused=True))
        return None, *(next(found) if needed else None for needed in ctx.needs_input_grad[1:])


def _array(argument):
    return argument.detach().numpy() if isinstance(argument, torch.Tensor) else argument


def power(exact: bool) -> Callable:
    """Return ``**`` for tensors."""

    def tensors(base, exponent):
        if isinstance(base, torch.Tensor):
            return base**exponent
        return torch.pow(
            torch.as_tensor(base, dtype=exponent.dtype, device=exponent.device), exponent
        )

    return Exact(lambda a, b: a**b, tensors, "**") if exact else tensors


class TimedTable:
    """A ``TimedArray``: looked up by whole steps, as Brian2's numpy target does.

    Its values are ``[row]``, ``[row, column]`` or, where a run brings its own for every trial,
    ``[row, batch, column]``.
    """

    takes_lanes = True

    def __init__(self, spec: FunctionSpec):
        self.name = spec.name
        self.table = spec.table
        self.epsilon = spec.parameters["epsilon"]
        self.upsampling = spec.parameters["upsampling"]
        self.columns = spec.table.ndim == 2

    def rows(self, t, rows):
        """Return the rows at times ``t`` (numbers) of a table with so many rows."""
        step = np.int_(np.round(t / self.epsilon) / self.upsampling)
        return np.clip(step, 0, rows - 1)

    def row(self, t, rows):
        """Return the row at time ``t`` of a table with so many rows."""
        return int(self.rows(t, rows))

    def __call__(self, lanes, t, column=None):
        values = lanes.state.tables[self.name]
        if isinstance(t, torch.Tensor):
            step = torch.round(t / self.epsilon) / self.upsampling
            row = step.to(torch.int64).clamp(0, len(values) - 1)
        else:
            row = self.row(t, len(values))
        return lanes.look_up(values, row, column, self.columns)


class RandomCall:
    """A function that draws one random number per lane."""

    takes_lanes = True
    takes_mask = True

    def __init__(self, sampler, integer=False):
        self.sampler, self.integer = sampler, integer

    def __call__(self, lanes, *arguments, where=None):
        drawn = lanes.draw(self.sampler(*arguments), where)
        return drawn.to(torch.int32) if self.integer else drawn


class UniformCall:
    """The function ``rand`` of a training mirror: its numbers depend on where they are needed.

    Parameters
    ----------
    block : str
        The name of the block.
    timestep : str
        The array with the number of the time step.
    """

    takes_lanes = True

    def __init__(self, block: str, timestep: str):
        self.block, self.timestep = block, timestep

    def __call__(self, lanes, number: int):
        return lanes.uniform(self.call(number), self.timestep)

    def call(self, number: int) -> str:
        """Return the name of one call, of which there may be several in the block."""
        return f"{self.block} {number}"


def block_functions(
    block: Block, exact: bool, differentiable: bool, timestep: str = ""
) -> dict[str, Callable]:
    """Return the functions of a block by their names in its statements.

    Parameters
    ----------
    block : Block
    exact, differentiable : bool
        See `Target`.
    timestep : str
        The array with the number of the time step.

    Raises
    ------
    UnsupportedModelError
        For a user's function without a torch implementation in a differentiable mirror.
    """
    return {
        name: UniformCall(block.name, timestep)
        if is_uniform(block, name) and not exact
        else _function(name, spec, block, exact, differentiable)
        for name, spec in block.functions.items()
    }


def _function(name, spec: FunctionSpec, block: Block, exact: bool, differentiable: bool):
    if spec.family == "timed array":
        return TimedTable(spec)
    if spec.family == "random":
        if name in SAMPLERS:
            return RandomCall(SAMPLERS[name], integer=name == "poisson")
        return RandomCall(lambda: binomial(spec.parameters))
    if spec.family == "user":
        return _user_function(name, spec, block, exact, differentiable)
    if exact and name not in SAME_IN_TORCH:
        return Exact(spec.numpy, FAST[name], name)
    return FAST[name]


def _user_function(name, spec, block, exact, differentiable):
    if spec.torch is None and (differentiable or not exact):
        raise UnsupportedModelError(
            f"'{block.name}' cannot be mirrored: {missing_torch(name)}\nCreated here:\n"
            f"{block.origin}"
        )
    if exact and spec.elementwise:
        return Exact(spec.numpy, spec.torch, name)
    return spec.torch


def missing_torch(name: str) -> str:
    """Return the sentence that says how to add a torch implementation."""
    return (
        f"the function '{name}' has no implementation for tensors. "
        f"Write instead: @implementation('torch', f) above the definition of '{name}', where f "
        "takes and returns torch tensors in SI units"
    )
