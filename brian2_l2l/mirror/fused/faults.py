"""Numbers that a program cannot compute with, and memory that it does not get: Python's errors."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

import torch

__all__ = ["FAULTS", "NO_MEMORY", "Fault", "divisor", "noted_by", "outside", "raise_noted"]

#: The name of the argument in which a program notes the number of a fault; 0 if there is none.
FAULTS = "faults"

NO_MEMORY = (
    "There is not enough memory to run so many trials of this network. Run fewer at once "
    "(batch_size=..., or inputs for fewer), or let the backward pass compute fewer time steps "
    "again at once: l2l.mirror(..., checkpoint=10)."
)


@dataclass(frozen=True)
class Fault:
    """An error, and what it says."""

    error: type[Exception]
    text: str


def outside(block: str, table: str, columns: int) -> Fault:
    """Return the fault of a column that a timed array does not have."""
    return Fault(
        IndexError,
        f"'{block}' reads a column of the TimedArray '{table}' that lies outside of it. Write an "
        f"index from 0 to {columns - 1}.",
    )


def divisor(block: str) -> Fault:
    """Return the fault of a whole number that is divided by zero."""
    return Fault(
        ZeroDivisionError,
        f"'{block}' divides an integer by zero. Write a divisor of '//' or '%' that is never 0.",
    )


def noted_by(pointers: Container[str], device: torch.device) -> dict[str, torch.Tensor]:
    """Return the memory in which a program notes its faults, if this is one of its pointers."""
    return {FAULTS: torch.zeros(1, dtype=torch.int32, device=device)} if FAULTS in pointers else {}


def raise_noted(faults: Sequence[Fault], noted: Mapping[str, torch.Tensor]) -> None:
    """Raise the error of what a program has noted, if anything; a device is waited for."""
    number = int(noted[FAULTS]) if noted else 0
    if number:
        fault = faults[number - 1]
        raise fault.error(fault.text)
