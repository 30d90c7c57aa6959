"""Block -> Python source of two functions: ``once(lanes)`` per run and ``step(lanes, once)``.

The source is meant to be read: ``print(mirror.source)`` shows the program that runs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ..spec.network_spec import Block, NetworkSpec
from .stages import Stages
from .target import Target
from .writer import Writer

__all__ = ["BlockCode", "generate"]


@dataclass(frozen=True)
class BlockCode:
    """Generated code of a block.

    Attributes
    ----------
    source : str
    once, step : callable
        The two functions made of it.
    stages : mapping of str to Stage
    kept : tuple of str
        The names of the values that ``once`` returns.
    namespace : mapping
        Constants and functions by their names in the source.
    """

    source: str
    once: Callable
    step: Callable
    stages: Stages
    kept: tuple[str, ...]
    namespace: Mapping[str, object]


def generate(
    block: Block,
    spec: NetworkSpec,
    target: Target,
    *,
    static: bool,
    results: Sequence[str] = (),
    soft: str | None = None,
) -> BlockCode:
    """Generate the code of a block.

    Parameters
    ----------
    block : Block
    spec : NetworkSpec
    target : Target
    static : bool
        Whether the block always runs over the same lanes.
    results : sequence of str
        Names whose values ``step`` returns, as a tuple.
    soft : str, optional
        A condition that ``step`` also returns as a spike with a surrogate gradient, last.
    """
    static = static and block.order != "by event"
    writer = Writer(block, spec, target, static, tuple(results), soft)
    source = writer.source()
    namespace, made = writer.namespace, {}
    # Apart from the namespace, where constants of the user may have the same names.
    exec(compile(source, f"<{block.name}>", "exec"), namespace, made)
    return BlockCode(source, made["once"], made["step"], writer.stages, writer.kept, namespace)
