"""Uniform random numbers that depend on where they are needed, and not on when they are drawn.

In training a number of ``rand()`` is a hash of the seed, the call in the code of the network, the
time step, the trial and the element. So all lowerings and devices have the same numbers, whatever
order they work in, and a trial has the same ones in every batch. The elements of a time step and
trial share a row of 64 bits, found by the output function of SplitMix64 [1]_; from there on 32 bits
at a time do, of which processors multiply many at once, by a hash with little bias [2]_.

References
----------
.. [1] Steele, Lea, Flood 2014, Fast splittable pseudorandom number generators, OOPSLA
.. [2] Wellons 2018, Prospecting for hash functions, ``triple32``
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from itertools import count

import torch

from ..spec.expressions import Call, Expression, Number, with_children
from ..spec.network_spec import Block, Statement

__all__ = ["is_uniform", "key_of", "numbered", "uniform"]

# The numbers are those of the functions in C++, `uniform_row` and `uniform_bits`.
FAR, NEAR = 0x9E3779B97F4A7C15, 0x9E3779B9
LOW = 2**32 - 1


def _signed(number: int) -> int:
    """Return the number of 64 bits as torch has it."""
    return (number + 2**63) % 2**64 - 2**63


def _shifted(x: torch.Tensor, bits: int) -> torch.Tensor:
    # The shift of torch repeats the sign.
    return (x >> bits) & (2 ** (64 - bits) - 1)


def _mixed(x: torch.Tensor) -> torch.Tensor:
    x = (x ^ _shifted(x, 30)) * _signed(0xBF58476D1CE4E5B9)
    x = (x ^ _shifted(x, 27)) * _signed(0x94D049BB133111EB)
    return x ^ _shifted(x, 31)


def _bits(first: torch.Tensor, second: torch.Tensor, element: torch.Tensor) -> torch.Tensor:
    """Return 32 random bits, as numbers that are not negative."""
    x = (first + element * NEAR) & LOW
    x = ((x ^ (x >> 17)) * 0xED5AD4BB) & LOW
    x = (((x ^ (x >> 11)) + second & LOW) * 0xAC4C1B51) & LOW
    x = ((x ^ (x >> 15)) * 0x31848BAB) & LOW
    return x ^ (x >> 14)


def key_of(seed: int, call: str) -> int:
    """Return the key of the numbers of one call, as a signed integer of 64 bits.

    Parameters
    ----------
    seed : int
    call : str
        The name of the call, the same in every process.
    """
    text = f"{seed} {call}".encode()
    return int.from_bytes(hashlib.sha256(text).digest()[:8], "little", signed=True)


def uniform(
    key: int, step: int, trial: torch.Tensor, element: torch.Tensor, dtype: torch.dtype
) -> torch.Tensor:
    """Return numbers from 0 up to, but not including, 1 as ``[batch, lane]``.

    Parameters
    ----------
    key : int
        See `key_of`.
    step : int
        The number of the time step.
    trial, element : torch.Tensor
        ``(batch,)`` and ``(lane,)`` of ``int64``.
    dtype : torch.dtype
        A number in single precision is that in double precision, with fewer bits.
    """
    row = _mixed(torch.as_tensor(_signed(key + step * FAR), device=trial.device))
    row = _mixed(row + trial * _signed(FAR)).unsqueeze(1)
    first, second = row & LOW, _shifted(row, 32)
    bits = _bits(first, second, element)
    if dtype != torch.float64:
        return (bits >> 8).to(dtype) * 2.0**-24
    return ((bits << 20) + (_bits(second, first, element) >> 12)).to(dtype) * 2.0**-52


def is_uniform(block: Block, function: str) -> bool:
    """Tell whether a function of a block is Brian2's ``rand``."""
    return function == "rand" and block.functions[function].family == "random"


def numbered(block: Block) -> Block:
    """Return a block in which each call of ``rand()`` has its number as an argument."""
    if not any(is_uniform(block, function) for function in block.functions):
        return block
    numbers = count()

    def with_number(value: Expression) -> Expression:
        value = with_children(value, with_number)
        if isinstance(value, Call) and value.function == "rand":
            return replace(value, arguments=(Number("integer", next(numbers)),))
        return value

    def statement(one: Statement) -> Statement:
        return replace(one, value=with_number(one.value))

    return replace(
        block,
        scalar=tuple(map(statement, block.scalar)),
        vector=tuple(map(statement, block.vector)),
    )
