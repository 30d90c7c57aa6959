"""What Python code that runs between the steps (``NetworkOperation``) may change: nearly all."""

from __future__ import annotations

from dataclasses import replace

from .network_spec import Block, NetworkSpec

__all__ = ["let_operations_write"]


def let_operations_write(spec: NetworkSpec) -> NetworkSpec:
    """Return the same network, in which blocks of Python code write whatever they can reach.

    Not what Brian2's numpy target reads once before a run (constants that all share, delays), nor
    the indices of synapses.

    Parameters
    ----------
    spec : NetworkSpec
    """
    if not any(map(_is_operation, spec.blocks)):
        return spec
    kept = frozenset().union(*(clock.arrays for clock in spec.clocks.values()))
    kept |= {name for name, array in spec.arrays.items() if array.scalar and array.constant}
    kept = kept.union(*map(_structure, spec.blocks)) - spec.written
    writes = frozenset(spec.arrays) - kept
    blocks = (replace(b, writes=writes) if _is_operation(b) else b for b in spec.blocks)
    return replace(spec, blocks=tuple(blocks))


def _is_operation(block: Block) -> bool:
    return block.template == "network_operation"


def _structure(block: Block) -> set[str]:
    """Return the arrays that a step reads before the run, or uses as indices."""
    indices = {ref.index for ref in block.arrays.values()} & set(block.arrays)
    options = {value for value in block.options.values() if isinstance(value, str)}
    return {block.arrays[name].array for name in indices} | options
