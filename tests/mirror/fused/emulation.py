"""Programs for CUDA that run on the CPU: the same text with another header, compiled by g++."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from brian2_l2l.mirror.fused.compiler import Build, load
from brian2_l2l.mirror.fused.cuda.graphics import Graphics, launch, prepared
from brian2_l2l.mirror.fused.cuda.source import write_source
from brian2_l2l.mirror.fused.program import MACHINES

HEADER = Path(__file__).with_name("emulated.h")


@dataclass(frozen=True)
class EmulatedBuild(Build):
    """How a program is compiled for the emulation."""

    @property
    def flags(self):
        flags = ("-std=c++17", "-O1", "-fPIC", "-shared", "-ffp-contract=off")
        return (*flags, "-fno-strict-aliasing", "-w", "-U_FORTIFY_SOURCE")


class Emulated(Graphics):
    """A device whose threads are fibers of one thread of the CPU."""

    def __init__(self, threads: int = 64, blocks: int = 2):
        self._threads, self._blocks = threads, blocks

    def check(self):
        pass

    def threads(self, context):
        return self._threads

    def write(self, context, double):
        return write_source(context, double, self._threads, HEADER.read_text(encoding="utf-8"))

    def load(self, source, double, device):
        return prepared(load(source, EmulatedBuild(double)))

    def workers(self, batch):
        return min(batch, self._blocks)

    def invoke(self, library, function, context, tensors, numbers):
        launch(library, function, context, tensors, numbers, 0)


@contextmanager
def emulated(**options):
    """Let the fused lowering on the CPU be that for CUDA, in the emulation."""
    before = MACHINES["cpu"]
    MACHINES["cpu"] = Emulated(**options)
    try:
        yield
    finally:
        MACHINES["cpu"] = before
