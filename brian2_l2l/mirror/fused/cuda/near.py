"""The arrays of products that every step of the adjoint reads: near the threads, if they fit."""

from __future__ import annotations

from dataclasses import dataclass

from ..context import Context
from ..layout import padded
from ..operations import Product
from ..product_parts import ProductParts
from .threads import WARP, threads_of

__all__ = ["NearParts", "Part", "carries_back", "is_turned", "near_parts"]

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
    source: str


class NearParts(ProductParts):
    """The C++ expressions of a product whose connectivity is found through the `Work`."""

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


def near_parts(context: Context, number: int) -> list[Part]:
    """Return what the adjoint of a product reads in every step, whatever spikes."""
    parts = NearParts(context, number)
    product = parts.product
    if not carries_back(context, product):
        return []
    entries = parts.count * product.targets * padded(product.sources)
    if parts.matrix.dense and entries < LARGE:
        return []
    if is_turned(context, product):
        return [Part(f"turned_{number}.data", "real", f"{entries}", "")]
    return [Part(f"weights_{number}.data", "real", parts.size, ""), *parts.compressed]


def carries_back(context: Context, product: Product) -> bool:
    """Return whether the spikes of a product have a gradient."""
    return context.events[product.event].active and context.arrays[product.target].active


def is_turned(context: Context, product: Product) -> bool:
    """Return whether the backward pass needs the weights column after column."""
    threads = threads_of(context)
    by_threads = -(-product.sources // threads) * product.targets
    warps = threads // WARP
    by_warps = -(-product.sources // warps) * (product.targets // WARP + SUM_OF_WARP)
    return carries_back(context, product) and product.matrix.dense and by_threads < by_warps
