"""Describe the functions that a block calls."""

from __future__ import annotations

import copyreg

import numpy as np
from brian2.codegen.runtime.numpy_rt.numpy_rt import NumpyCodeObject
from brian2.core.functions import DEFAULT_FUNCTIONS, Function
from brian2.input.binomial import BinomialFunction
from brian2.input.timedarray import TimedArray, _find_K

from .network_spec import FunctionSpec

__all__ = ["describe"]

RANDOM = frozenset({"rand", "randn", "poisson"})


def describe(name: str, function: Function, owner) -> FunctionSpec:
    """Return the frozen description of ``function`` as the block of ``owner`` uses it.

    Parameters
    ----------
    name : str
        The name in the block's statements.
    function : brian2.Function
    owner : brian2.Group
        The group whose clock decides on the grid of a ``TimedArray``.
    """
    if isinstance(function, TimedArray):
        return _timed_array(function, owner)
    if isinstance(function, BinomialFunction):
        return FunctionSpec(function.name, "random", parameters=_binomial_parameters(function))
    if function is DEFAULT_FUNCTIONS.get(name):
        family = "random" if name in RANDOM else "default"
        return FunctionSpec(name, family, numpy=_numpy_code(function, owner))
    return FunctionSpec(
        name,
        "user",
        numpy=_numpy_code(function, owner),
        torch=_torch_code(function),
        elementwise=not function.auto_vectorise,
    )


def _numpy_code(function, owner):
    if NumpyCodeObject not in function.implementations:
        # Brian2 makes one of the Python function when it first needs it.
        function.implementations.add_numpy_implementation(function.pyfunc)
    return function.implementations[NumpyCodeObject].get_code(owner)


def _torch_code(function):
    implementation = function.implementations._implementations.get("torch")
    return implementation.get_code(None) if implementation is not None else None


def _timed_array(function: TimedArray, owner) -> FunctionSpec:
    upsampling = _find_K(owner.clock.dt_, function.dt)
    table = np.array(function.values)
    table.setflags(write=False)
    return FunctionSpec(
        function.name,
        "timed array",
        table=table,
        parameters={"epsilon": function.dt / upsampling, "upsampling": upsampling},
    )


def _binomial_parameters(function: BinomialFunction) -> dict[str, float]:
    """Return what the sampler draws with: its numbers live only in the closure of its code."""
    sampler = function.implementations[NumpyCodeObject].get_code(None)
    return {
        name: float(cell.cell_contents)
        for name, cell in zip(sampler.__code__.co_freevars, sampler.__closure__, strict=True)
    }


def _reduce(spec: FunctionSpec):
    """Pickle what Brian2 defines by its name alone: some of it is lambdas."""
    if spec.family in ("default", "random") and spec.name in DEFAULT_FUNCTIONS:
        return _of_brian2, (spec.name, spec.family)
    values = (getattr(spec, name) for name in FunctionSpec.__dataclass_fields__)
    return FunctionSpec, tuple(values)


def _of_brian2(name: str, family: str) -> FunctionSpec:
    return FunctionSpec(name, family, numpy=_numpy_code(DEFAULT_FUNCTIONS[name], None))


copyreg.pickle(FunctionSpec, _reduce)
