"""Programs for CUDA: how they are written, compiled and called."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping

import torch

from ....errors import CompilerError
from ..arguments import arguments_of
from ..compiler import load
from ..context import Context
from ..faults import noted_by, raise_noted
from .build import CudaBuild
from .source import write_source
from .structure import team_structure_of
from .threads import threads_of

__all__ = ["Graphics"]

#: The teams of a call at most; each takes several trials if there are more.
MOST_WORKERS = 1024
#: What is kept for the backward pass takes at most such a part of the memory.
SHARE_OF_TAPE = 4


class Graphics:
    """A device with CUDA; its methods are those of `Processor`."""

    def threads(self, context: Context) -> int:
        """Return the number of threads of a team."""
        return threads_of(context)

    def write(self, context: Context, double: bool) -> str:
        """Return the source of a program."""
        return write_source(context, double, self.threads(context))

    def load(self, source: str, double: bool, device: torch.device) -> ctypes.CDLL:
        """Compile a program for a device."""
        major, minor = torch.cuda.get_device_capability(device)
        return prepared(load(source, CudaBuild(double, architecture=f"sm_{major}{minor}")))

    def structure(self, context: Context) -> dict[str, torch.Tensor]:
        """Return the connectivity as arguments of the program."""
        return team_structure_of(context, self.threads(context))

    def workers(self, batch: int) -> int:
        """Return the number of teams among which the trials are shared out."""
        return min(batch, MOST_WORKERS)

    def keeps(self, context: Context, ticks: int, batch: int, device: torch.device) -> bool:
        """Return whether there is room to compute nothing again in the backward pass."""
        tape = context.tape_bytes * ticks * batch
        return self.workers(batch) == batch and tape <= self.memory(device) // SHARE_OF_TAPE

    def memory(self, device: torch.device) -> int:
        """Return the bytes of a device."""
        return torch.cuda.get_device_properties(device).total_memory

    def invoke(
        self,
        library: ctypes.CDLL,
        function: str,
        context: Context,
        tensors: Mapping[str, torch.Tensor | None],
        numbers: Mapping[str, int],
    ) -> torch.Tensor | None:
        """Call a function of a library on torch's stream; it returns before the device is done.

        Where a lane may have a number that it cannot compute with, it returns afterwards.

        Returns
        -------
        tape : torch.Tensor or None
            What the forward pass has kept for the backward pass.
        """
        device = next(tensor.device for tensor in tensors.values() if tensor is not None)
        with torch.cuda.device(device):
            stream = torch.cuda.current_stream(device).cuda_stream
            return launch(library, function, context, tensors, numbers, stream)


def prepared(library: ctypes.CDLL) -> ctypes.CDLL:
    """Declare the functions of a library."""
    library.workspace.restype = library.tape.restype = ctypes.c_int64
    library.error_name.restype = ctypes.c_char_p
    for name in ("forward", "backward"):
        getattr(library, name).argtypes = [ctypes.c_void_p] * 3
    return library


def launch(
    library: ctypes.CDLL,
    function: str,
    context: Context,
    tensors: Mapping[str, torch.Tensor | None],
    numbers: Mapping[str, int],
    stream: int,
) -> torch.Tensor | None:
    """Call a function of a library with memory to work in; return what it has kept.

    Raises
    ------
    CompilerError
        If the device does not take the program.
    IndexError, ZeroDivisionError
        If a lane has a number that it cannot compute with.
    """
    device = next(tensor.device for tensor in tensors.values() if tensor is not None)
    noted = noted_by(context.arguments.pointers, device)
    tensors = {**tensors, **noted}
    arguments = arguments_of(context, tensors, numbers)
    memory = {"workspace": library.workspace(*arguments, int(function == "backward"))}
    if function == "forward" and numbers["keep"]:
        memory["tape"] = library.tape(*arguments)
    # Torch gives the memory to nobody else before the work on this stream is done.
    made = {name: torch.empty(n, dtype=torch.uint8, device=device) for name, n in memory.items()}
    arguments = arguments_of(context, {**tensors, **made}, numbers)
    error = getattr(library, function)(*arguments, stream)
    if error:
        reason = library.error_name(error).decode()
        raise CompilerError(f"The device does not run the generated program: {reason}.")
    raise_noted(context.faults, noted)
    return made.get("tape")
