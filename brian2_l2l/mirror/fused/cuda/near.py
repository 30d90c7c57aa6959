"""The arrays of products that every step of the adjoint reads: near the threads, if they fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..layout import padded
from ..pieces import indented
from ..product_parts import ProductParts
from .threads import WARP, threads_of

__all__ = ["NearParts", "Part"]

#: What it takes to add up what the lanes of a warp have, in products.
SUM_OF_WARP = 20
#: Dense matrices with fewer entries stay in the first cache by themselves.
LARGE = 4096


@dataclass(frozen=True)
class Part:
    """An array of a product in C++: its name in a `Work`, type and size, and what it is first."""

    name: str
    type: str
    size: str
    source: str = ""


class NearParts(ProductParts):
    """The C++ expressions of a product whose connectivity is found through the `Work`."""

    @property
    def row(self) -> str:
        """The place of the row of a source in a dense matrix."""
        return f"(d * {self.product.sources}L + source) * {self.stride}"

    @property
    def rows(self) -> str:
        """Where the compressed rows begin."""
        return f"tile.work->rows_{self.number} + d * {self.product.sources + 1}"

    @property
    def targets(self) -> str:
        """The targets of the entries of compressed rows."""
        return f"tile.work->targets_{self.number}"

    @property
    def bounds(self) -> str:
        """Where the targets of each warp begin, in the row of a source."""
        row = f"(d * {self.product.sources}L + source) * (l2l::WARPS + 1)"
        return f"tile.work->bounds_{self.number} + {row}"

    @property
    def compressed(self) -> list[Part]:
        """The parts of compressed rows; none of a dense matrix."""
        if self.matrix.dense:
            return []
        number, sources = self.number, self.product.sources
        rows = f"{self.count * (sources + 1)}"
        bounds = f"{self.count * sources} * (l2l::WARPS + 1)"
        return [
            Part(f"targets_{number}", self.matrix.index, self.size, super().targets),
            Part(f"rows_{number}", "int32_t", rows, self.pointer("rows")),
            Part(f"bounds_{number}", "int32_t", bounds, self.pointer("bounds")),
        ]

    @property
    def carries_back(self) -> bool:
        """Whether the spikes have a gradient."""
        context, product = self.context, self.product
        return context.events[product.event].active and context.arrays[product.target].active

    @property
    def is_turned(self) -> bool:
        """Whether the backward pass needs the weights column after column."""
        product, threads = self.product, threads_of(self.context)
        by_threads = -(-product.sources // threads) * product.targets
        warps = threads // WARP
        by_warps = -(-product.sources // warps) * (product.targets // WARP + SUM_OF_WARP)
        return self.carries_back and self.matrix.dense and by_threads < by_warps

    @property
    def turned_stride(self) -> int:
        """The elements of a column, with one for each source."""
        return padded(self.product.sources)

    @property
    def turned_size(self) -> int:
        """The elements of all columns of one delay."""
        return self.product.targets * self.turned_stride

    @property
    def near(self) -> list[Part]:
        """What the adjoint reads in every step, whatever spikes."""
        entries = self.count * self.turned_size
        if not self.carries_back or (self.matrix.dense and entries < LARGE):
            return []
        if self.is_turned:
            return [Part(f"turned_{self.number}.data", "real", f"{entries}")]
        return [Part(f"weights_{self.number}.data", "real", self.size), *self.compressed]

    def for_each_event(self, lines: list[str], before: Sequence[str] = ()) -> list[str]:
        """Return the loop over the sources whose events arrive, one delay after the other."""
        return [
            f"for (int d = 0; d < {self.count}; ++d) {{",
            *indented(before),
            f"    l2l::for_each_bit({self.bits}, {self.product.sources}, [&](int source) {{",
            *indented(lines, 8),
            "    });",
            "}",
        ]
