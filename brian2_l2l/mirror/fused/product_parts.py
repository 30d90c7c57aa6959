"""The C++ expressions of a product that every machine and both directions share."""

from __future__ import annotations

from dataclasses import dataclass

from .context import Context
from .edges import old_rows
from .layout import padded
from .matrices import Matrix
from .operations import Product

__all__ = ["ProductParts"]


@dataclass(frozen=True)
class ProductParts:
    """The C++ expressions of the product with a number."""

    context: Context
    number: int

    @property
    def product(self) -> Product:
        return self.context.operations[self.number]

    @property
    def matrix(self) -> Matrix:
        return self.product.matrix

    @property
    def count(self) -> int:
        """The number of delays."""
        return len(self.matrix.delays)

    @property
    def synapses(self) -> str:
        """The number of synapses; not a constant, because connections move."""
        if self.matrix.place is None:
            return str(self.matrix.synapses)
        return self.context.arguments.number(f"synapses {self.product.name}")

    @property
    def size(self) -> str:
        """The number of weights of all matrices."""
        if self.matrix.dense:
            return str(self.matrix.size)
        return self.context.arguments.number(f"entries {self.product.name}")

    @property
    def stride(self) -> int:
        """The elements of a row of a dense matrix."""
        return padded(self.product.targets)

    @property
    def weights(self) -> str:
        return f"tile.work->weights_{self.number}.data"

    @property
    def entry(self) -> str:
        """The place of the weight of synapse ``s``."""
        targets = self.product.targets
        if self.matrix.place is None:
            return f"s / {targets} * {self.stride} + s % {targets}"
        return f"{self.pointer('place')}[s]"

    @property
    def rows(self) -> str:
        """Where the compressed rows begin."""
        return f"{self.pointer('rows')} + d * {self.product.sources + 1}"

    @property
    def targets(self) -> str:
        """The targets of the entries of compressed rows."""
        return self.pointer("targets", self.matrix.index)

    @property
    def bits(self) -> str:
        """The address of the events that arrive."""
        return self.context.bits(self.context.events[self.product.event], "delays[d]")

    @property
    def wanted(self) -> str:
        """The pointer to the gradient of the weights; null if nobody wants it."""
        name = f"gradient {self.product.weight}"
        return self.context.arguments.pointer(name, "real", constant=False)

    def pointer(self, what: str, type_: str = "int32_t") -> str:
        """Return the pointer to a part of the connectivity."""
        return self.context.arguments.pointer(f"{what} {self.product.name}", type_)

    def old_guard(self) -> tuple[list[str], str]:
        """Return the lines that unpack the guard as it was in this step, and its address."""
        guard, kept = self.product.guard, self.context.kept[self.number]
        rows, lines = old_rows(self.context, kept.before, "before")
        return lines, rows.get(guard, self.context.address(guard))

    def for_each_synapse(self, line: str) -> list[str]:
        """Return the loop of a thread over its synapses ``s``, which have the entries ``k``."""
        targets = self.product.targets
        share = "l2l::share({}, thread, run.threads)"
        if self.matrix.place is not None:
            return [
                f"for (auto [s, end] = {share.format(self.synapses)}; s < end; ++s) {{",
                f"    const long k = {self.entry};",
                f"    {line}",
                "}",
            ]
        # Row by row, so that the compiler makes vectors of it.
        rows = self.matrix.synapses // targets
        return [
            f"for (auto [row, end] = {share.format(rows)}; row < end; ++row)",
            f"    for (long i = 0; i < {targets}; ++i) {{",
            f"        const long s = row * {targets} + i, k = row * {self.stride} + i;",
            f"        {line}",
            "    }",
        ]

    def listed(self) -> list[str]:
        """Return the lines that list the dense rows of all events that arrive, by their delay."""
        sources = self.product.sources
        return [
            "int32_t* const rows = tile.spikes.data;",
            "int count = 0;",
            f"for (int d = 0; d < {self.count}; ++d)",
            f"    count += l2l::list_bits({self.bits}, {sources}, d * {sources}, rows + count);",
        ]
