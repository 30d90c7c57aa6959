"""What the blocks of a program share, and the random numbers that they draw."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

from ...spec.expressions import Call
from ...spec.network_spec import NetworkSpec
from ..codegen import BlockCode
from ..lanes import StaticLanes
from ..render import render_number
from .graph import Access, Graph

__all__ = ["Draw", "Scope", "gates"]


def gates(graph: Graph, access: Access) -> tuple[int, int]:
    """Return whether there is an event, and the same as a number with a gradient."""
    return graph.add("fired", "bool", (), access), graph.add("gate", "real", (), access)


@dataclass(frozen=True)
class Draw:
    """A random number per lane, or a single one, at each step of a block."""

    loop: str
    code: BlockCode
    call: Call
    single: bool

    def __call__(self, state, lanes: int) -> torch.Tensor:
        """Draw for one step, as the plain lowering does."""
        namespace = dict(self.code.namespace)
        arguments = [eval(render_number(a), namespace) for a in self.call.arguments]
        return namespace[self.call.function](StaticLanes(state, lanes), *arguments)


class Scope:
    """What the blocks of a program share: types of arrays, numbers per step, random numbers.

    Parameters
    ----------
    spec : NetworkSpec
    target : Target
    type_of : callable
        From the name of an array to the type of its elements.
    """

    def __init__(self, spec: NetworkSpec, target, type_of: Callable[[str], str]):
        self.spec, self.target, self.type_of = spec, target, type_of
        self.inputs: dict[str, object] = {}
        self.hosts: dict[str, object] = {}
        self.draws: dict[str, Draw] = {}
        self.uniform: set[str] = set()
        self.tables: dict[str, object] = {}
