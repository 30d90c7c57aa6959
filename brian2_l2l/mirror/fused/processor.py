"""Programs for the CPU: how they are written, compiled and called."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping

import torch

from .arguments import arguments_of
from .compiler import Build, load
from .context import Context
from .faults import NO_MEMORY, noted_by, raise_noted
from .source import write_source
from .structure import structure_of

__all__ = ["Processor"]


class Processor:
    """The CPU; other machines have the same methods."""

    def write(self, context: Context, double: bool) -> str:
        """Return the source of a program."""
        return write_source(context, double)

    def load(self, source: str, double: bool, device: torch.device) -> ctypes.CDLL:
        """Compile a program."""
        return load(source, Build(double=double))

    def structure(self, context: Context) -> dict[str, torch.Tensor]:
        """Return the connectivity as arguments of the program."""
        return structure_of(context)

    def workers(self, batch: int) -> int:
        """Return among how many the trials are shared out."""
        return min(torch.get_num_threads(), batch)

    def keeps(self, context: Context, ticks: int, batch: int, device: torch.device) -> bool:
        """Return whether the backward pass computes nothing again: what is kept is far away."""
        return False

    def invoke(
        self,
        library: ctypes.CDLL,
        function: str,
        context: Context,
        tensors: Mapping[str, torch.Tensor | None],
        numbers: Mapping[str, int],
    ) -> None:
        """Call a function of a library; arguments that are not given are null.

        Raises
        ------
        MemoryError
            If the program does not get the memory to work in.
        IndexError, ZeroDivisionError
            If a lane has a number that it cannot compute with.
        """
        noted = noted_by(context.arguments.pointers, torch.device("cpu"))
        if getattr(library, function)(*arguments_of(context, {**tensors, **noted}, numbers)):
            raise MemoryError(NO_MEMORY)
        raise_noted(context.faults, noted)
