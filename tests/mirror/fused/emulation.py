"""Programs for CUDA that run on the CPU: the same text with another header, compiled by g++."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from brian2_l2l.mirror.fused.compiler import Build, load
from brian2_l2l.mirror.fused.cuda.graphics import Graphics, launch, prepared
from brian2_l2l.mirror.fused.cuda.source import write_source
from brian2_l2l.mirror.fused.program import MACHINES

FOLDER = Path(__file__).parent
#: Lets the program call a function at each access to memory, without the library of the sanitizer.
WATCHED = ("-DL2L_WATCH", "-fsanitize=thread", "-g1", "-nodefaultlibs", "-Wl,--no-as-needed")
WATCHED += ("-lstdc++", "-lm", "-lc", "-lgcc_s")


@dataclass(frozen=True)
class EmulatedBuild(Build):
    """How a program is compiled for the emulation."""

    watch: bool = False

    @property
    def flags(self):
        flags = ("-std=c++17", "-O1", "-fPIC", "-shared", "-ffp-contract=off", "-w")
        flags += ("-fno-strict-aliasing", "-U_FORTIFY_SOURCE", "-fno-exceptions")
        return (*flags, *(WATCHED if self.watch else ()))


class Emulated(Graphics):
    """A device whose threads take turns in one thread of the CPU.

    Parameters
    ----------
    threads, teams : int
    order : {'forward', 'backward', 'shuffled'}
        Which thread goes first between two barriers.
    watch : bool
        Count the accesses that no barrier keeps apart, in ``races``.
    processors, bytes : int
        Of the device, and of the memory near the threads of a block.
    keep : bool
        Whether there is room to keep all that the backward pass needs.
    """

    def __init__(
        self,
        threads=64,
        teams=3,
        order="forward",
        watch=False,
        processors=1,
        bytes=200_000,
        keep=True,
    ):
        self._threads, self._teams, self._order, self._watch = threads, teams, order, watch
        self._room = {"L2L_EMULATED_PROCESSORS": processors, "L2L_EMULATED_BYTES": bytes}
        self.races, self.launches, self._keep = 0, 0, keep

    def threads(self, context):
        return self._threads

    def write(self, context, double):
        header = (FOLDER / "emulated.h").read_text(encoding="utf-8")
        watch = (FOLDER / "watch.h").read_text(encoding="utf-8")
        header = header.replace('#include "watch.h"\n', watch if self._watch else "")
        return write_source(context, double, self._threads, header)

    def load(self, source, double, device):
        return prepared(load(source, EmulatedBuild(double, watch=self._watch)))

    def memory(self, device):
        return 2**40 if self._keep else 0

    def workers(self, batch):
        return min(batch, self._teams)

    def invoke(self, library, function, context, tensors, numbers):
        os.environ["L2L_EMULATED_ORDER"] = self._order
        os.environ.update({name: str(number) for name, number in self._room.items()})
        kept = launch(library, function, context, tensors, numbers, 0)
        self.launches += 1
        if self._watch:
            self.races += library.races()
        return kept


@contextmanager
def emulated(**options):
    """Let the fused lowering on the CPU be that for CUDA, in the emulation."""
    before = MACHINES["cpu"]
    MACHINES["cpu"] = Emulated(**options)
    try:
        yield MACHINES["cpu"]
    finally:
        MACHINES["cpu"] = before
