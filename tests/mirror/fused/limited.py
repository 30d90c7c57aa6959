"""Run a network with little memory: ``python -m tests.mirror.fused.limited``.

It prints the error of a backward pass that gets no memory, and whether the next one, with enough
memory, gives the same gradient as one before.
"""

from __future__ import annotations

import resource
from contextlib import contextmanager
from pathlib import Path

import torch
from brian2 import Network, NeuronGroup, ms, prefs

import brian2_l2l as l2l

MIB = 2**20


@contextmanager
def room(size: int):
    """Let the process have no more memory than so many bytes above what it has now."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


def main() -> None:
    """Run the network three times."""
    prefs.codegen.target = "numpy"
    equations = "dv/dt = (a - v*v)/(5*ms) : 1\na : 1 (constant)"
    group = NeuronGroup(
        2000, equations, threshold="v > 1", reset="v = 0", method="euler", name="group"
    )
    group.a = 2
    mirror = l2l.mirror(Network(group), [(group, "a")], lowering="fused", checkpoint=1000)

    def gradient(limit: int | None = None) -> torch.Tensor:
        loss = mirror.run(100 * ms, record=[("group", "v", "sum")])["group", "v", "sum"].sum()
        (parameter,) = mirror.parameters()
        if limit is None:
            return torch.autograd.grad(loss, parameter)[0]
        with room(limit):
            return torch.autograd.grad(loss, parameter)[0]

    expected = gradient()
    try:
        gradient(30 * MIB)
    except MemoryError as error:
        print(error)
    print("the same" if torch.equal(gradient(), expected) else "another")


if __name__ == "__main__":
    main()
