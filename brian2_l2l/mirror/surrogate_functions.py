"""Surrogate -> functions of tensors."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch

from ..surrogates import CONSTANTS, Surrogate

__all__ = ["surrogate_functions"]


def _either(of_tensors: Callable, of_numbers: Callable) -> Callable:
    def function(x):
        return of_tensors(x) if isinstance(x, torch.Tensor) else of_numbers(x)

    return function


def _whole(condition):
    return condition.to(torch.int32) if isinstance(condition, torch.Tensor) else int(condition)


FUNCTIONS = {
    "abs": abs,
    "arctan": _either(torch.arctan, math.atan),
    "clip": lambda x, low, high: torch.clamp(x, low, high),
    "erf": _either(torch.erf, math.erf),
    "exp": _either(torch.exp, math.exp),
    "int": _whole,
    "log": _either(torch.log, math.log),
    "sign": _either(torch.sign, lambda x: math.copysign(1, x) if x else 0),
    "sqrt": _either(torch.sqrt, math.sqrt),
    "tanh": _either(torch.tanh, math.tanh),
}


def surrogate_functions(surrogate: Surrogate) -> tuple[Callable, Callable]:
    """Return the derivative and the antiderivative, each from tensor to tensor.

    Parameters
    ----------
    surrogate : Surrogate
    """
    return tuple(
        _function(expression, surrogate.parameters)
        for expression in (surrogate.derivative, surrogate.primitive)
    )


def _function(expression: str, parameters) -> Callable:
    namespace = {**FUNCTIONS, **CONSTANTS, **parameters, "__builtins__": {}}
    # `Surrogate` has checked that the expression stays within this vocabulary.
    return eval(f"lambda x: {expression}", namespace)
