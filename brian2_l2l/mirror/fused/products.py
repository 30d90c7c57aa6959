"""The C++ functions of synapses that add constant weights, and of their adjoint.

Forward, the weight rows of the neurons that spiked are summed. Backward, the adjoint of the targets
times the transposed weights is one small matrix product for all trials of a tile, and the rows of
the gradient grow at the spikes alone.
"""

from __future__ import annotations

from dataclasses import dataclass

from .context import Context
from .layout import padded
from .operations import Product

__all__ = ["product_backward", "product_forward"]


@dataclass(frozen=True)
class _Parts:
    """The C++ expressions that both directions share."""

    context: Context
    number: int
    product: Product
    dense: bool

    @property
    def delays(self) -> str:
        listed = ", ".join(map(str, self.product.wires.delays))
        return f"static constexpr long delays[] = {{{listed}}};"

    @property
    def stride(self) -> int:
        return padded(self.product.targets)

    @property
    def weights(self) -> str:
        return f"work.weights_{self.number}.data"

    @property
    def bits(self) -> str:
        return self.context.bits(self.context.events[self.product.event], "delays[d]")

    def pointer(self, what: str, type_: str = "int32_t") -> str:
        return self.context.arguments.pointer(f"{what} {self.product.name}", type_)

    @property
    def rows(self) -> str:
        return f"{self.pointer('rows')} + d * {self.product.sources + 1}"


def product_forward(context: Context, number: int) -> str:
    """Return the function that adds the weights of all events that arrive."""
    product: Product = context.operations[number]
    parts = _Parts(context, number, product, context.matrices[number].dense)
    target = context.address(product.target)
    gather = _gather_dense(parts) if parts.dense else _gather_sparse(parts)
    saves = ""
    if product.target in context.saves[number]:
        size = f"{product.targets} * sizeof(real)"
        saves = f"if constexpr (TAPE) std::memcpy({context.saved(number, product.target)}, target, {size});"  # noqa: E501
    begin, finish = "real* const sum = target;", ""
    if product.guard:
        begin = f"""real* const sum = tile.scratch.data;
        std::memset(sum, 0, {parts.stride} * sizeof(real));"""
        guard = context.address(product.guard)
        finish = f"""const uint8_t* const guard = {guard};
        for (int i = 0; i < {product.targets}; ++i) target[i] = guard[i] ? target[i] + sum[i] : target[i];"""  # noqa: E501
    return f"""// {product.name}
template <bool TAPE> STEP void forward_{number}(const Run& run, Tile& tile, long tick) {{
    {parts.delays}
    const Work& work = *tile.work;
    for (long b = 0; b < tile.trials; ++b) {{
        const long trial = tile.first + b;
        real* const target = {target};
        {saves}
        {begin}
        {gather}
        {finish}
    }}
}}
"""


def _gather_dense(parts: _Parts) -> str:
    sources, stride = parts.product.sources, parts.stride
    return f"""const real** const rows = tile.rows.data;
        int count = 0;
        for (int d = 0; d < {len(parts.product.wires.delays)}; ++d)
            l2l::for_each_bit({parts.bits}, {sources}, [&](int source) {{
                rows[count++] = {parts.weights} + (d * {sources}L + source) * {stride};
            }});
        l2l::add_rows<real, {stride}>(rows, count, sum);"""


def _gather_sparse(parts: _Parts) -> str:
    return f"""for (int d = 0; d < {len(parts.product.wires.delays)}; ++d) {{
            const int32_t* const first = {parts.rows};
            l2l::for_each_bit({parts.bits}, {parts.product.sources}, [&](int source) {{
                l2l::scatter_row({parts.pointer("targets")}, {parts.weights}, first[source],
                                 first[source + 1], sum);
            }});
        }}"""


def product_backward(context: Context, number: int) -> str | None:
    """Return the function of the adjoint: gradients of weights and of spikes."""
    product: Product = context.operations[number]
    parts = _Parts(context, number, product, context.matrices[number].dense)
    saved = product.target in context.saves[number]
    active = context.arrays[product.target].active
    if not active and not saved:
        return None
    out = [
        f"// {product.name}",
        f"STEP void backward_{number}(const Run& run, Tile& tile, long tick) {{",
    ]
    out += [f"    {parts.delays}", "    const Work& work = *tile.work;"]
    if active:
        out += ["    const long b = 0;", *_lambda(parts)]
        if context.arrays[product.weight].active:
            out += _weight_gradient(parts)
        if context.events[product.event].active:
            out += _spike_gradient(parts)
    if saved:
        size = f"{product.targets} * sizeof(real)"
        out += ["    for (long b = 0; b < tile.trials; ++b)"]
        array, tape = context.address(product.target), context.saved(number, product.target)
        out += [f"        std::memcpy({array}, {tape}, {size});"]
    return "\n".join([*out, "}", ""])


def _lambda(parts: _Parts) -> list[str]:
    context, product = parts.context, parts.product
    bar = context.address(f"~{product.target}")
    if not product.guard:
        return [f"    const real* const lambda = {bar};", "    constexpr long stride = BARS;"]
    return [
        "    real* const lambda = tile.scratch.data;",
        f"    constexpr long stride = {parts.stride};",
        "    for (long b = 0; b < tile.trials; ++b) {",
        f"        const real* const bar = {bar};",
        f"        const uint8_t* const guard = {context.address(product.guard)};",
        f"        for (int i = 0; i < {product.targets}; ++i)",
        "            lambda[b * stride + i] = guard[i] ? bar[i] : real(0);",
        "    }",
    ]


def _weight_gradient(parts: _Parts) -> list[str]:
    product, context = parts.product, parts.context
    wanted = context.arguments.pointer(f"gradient {product.weight}", "real", constant=False)
    gradient = f"tile.gradient_{parts.number}.data"
    if parts.dense:
        add = [
            f"l2l::add_row(from, {parts.stride}, {gradient} + (d * {product.sources}L + source) * {parts.stride});"  # noqa: E501
        ]
    else:
        add = [
            f"const int32_t* const first = {parts.rows};",
            f"l2l::gather_row({parts.pointer('targets')}, first[source], first[source + 1], from, {gradient});",  # noqa: E501
        ]
    return [
        f"    if ({wanted})",
        "        for (long b = 0; b < tile.trials; ++b) {",
        "            const long trial = tile.first + b;",
        "            const real* const from = lambda + b * stride;",
        f"            for (int d = 0; d < {len(product.wires.delays)}; ++d)",
        f"                l2l::for_each_bit({parts.bits}, {product.sources}, [&](int source) {{",
        *(f"                    {line}" for line in add),
        "                });",
        "        }",
    ]


def _spike_gradient(parts: _Parts) -> list[str]:
    product, event = parts.product, parts.context.events[parts.product.event]
    out = f"{parts.context.event_bar(event, 'delays[d]', '0')}, {padded(event.size)}"
    sizes = f"{product.sources}, {product.targets}"
    if parts.dense:
        packed = f"work.packed_{parts.number}.data + d * l2l::packed_size<real>({sizes})"
        call = f"l2l::multiply_packed<real>(lambda, stride, tile.trials, {packed}, {sizes}, {out});"
    else:
        call = (
            f"l2l::multiply_sparse(work.sparse_{parts.number}[d], lambda, stride, tile.trials, "
            f"tile.lanes.data, {out});"
        )
    return [f"    for (int d = 0; d < {len(product.wires.delays)}; ++d)", f"        {call}"]
