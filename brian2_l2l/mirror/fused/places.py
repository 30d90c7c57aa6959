"""Where the variables of a block are: the element of each lane in the array behind a name."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...spec.network_spec import Block
from ..writer import path_of
from .coverage import not_covered
from .graph import Access
from .scope import Scope

__all__ = ["Places"]


class Places:
    """Finds the elements of the variables of a block.

    Parameters
    ----------
    block : Block
    scope : Scope
    elements : numpy.ndarray, optional
        The element of each lane; by default lane ``k`` is element ``k``.
    gated : bool
        Whether not all lanes run.

    Attributes
    ----------
    tables : dict of str to numpy.ndarray
        The elements of the lanes, for each way to them that was asked for.
    """

    def __init__(
        self,
        block: Block,
        scope: Scope,
        elements: np.ndarray | None = None,
        gated: bool = False,
    ):
        self.block, self.scope, self.elements, self.gated = block, scope, elements, gated
        self.tables: dict[str, np.ndarray] = {}

    def access(self, name: str) -> Access:
        """Return the place of a variable."""
        ref = self.block.arrays[name]
        if ref.scalar or ref.index == "0":
            return Access(ref.array, "0")
        index = self.index(path_of(self.block, name))
        positions = self.tables.get(index, ())
        if len(positions) and positions.max() >= self.scope.spec.arrays[ref.array].size:
            not_covered(self.block, "outside")
        return Access(ref.array, index)

    def index(self, path: Sequence[str] = ()) -> str:
        """Return the table of the elements at the end of a path; none where they are the lanes."""
        if not path and self.elements is None:
            return ""
        table = ".".join(("elements", *path)) if self.elements is not None else ".".join(path)
        if table not in self.tables:
            self.tables[table] = self._positions(path)
        return table

    def is_own(self, name: str) -> bool:
        """Tell whether no lanes share an element, as in a subgroup, so that they need no order."""
        ref = self.block.arrays[name]
        if ref.index in ("_idx", "0"):
            return True
        ways = {other.index for other in self.block.arrays.values() if other.array == ref.array}
        if self.gated or len(ways) > 1:
            return False
        positions = self.tables.get(self.access(name).index)
        return positions is not None and len(np.unique(positions)) == len(positions)

    def _positions(self, path: Sequence[str]) -> np.ndarray:
        positions = self.elements
        for index in path:
            values = self.scope.spec.arrays[index].values
            positions = values if positions is None else values[positions]
        return np.ascontiguousarray(positions, dtype=np.int32)
