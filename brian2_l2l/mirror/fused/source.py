"""All functions of a program -> one C++ source."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from .compiler import headers
from .context import Context
from .givens import given_backward, given_forward
from .layout import padded
from .loops import loop_backward, loop_forward
from .operations import Loop, Operation, Pathway, Product
from .pathways import pathway_backward, pathway_forward
from .products import product_backward, product_forward
from .render import surrogate_function
from .states import gradients, products_of, states

__all__ = ["TILE", "write_source"]

#: Trials that go through time together.
TILE = 8

WRITERS = {
    Pathway: (pathway_forward, pathway_backward),
    Product: (product_forward, product_backward),
    Loop: (loop_forward, loop_backward),
}


@cache
def _text(name: str) -> str:
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


def write_source(context: Context, double: bool) -> str:
    """Return the whole program.

    Parameters
    ----------
    context : Context
        Its arguments and its tape are filled as they are used.
    double : bool
    """
    for name in ("batch", "ticks", "threads", "segment"):
        context.arguments.number(name)
    context.arguments.pointer("checkpoints", "char", constant=False)
    forward, backward, functions = [], [], []
    for number, operation in enumerate(context.operations):
        call, back, texts = _written(context, number, operation)
        forward.append(call)
        backward.insert(0, back)
        functions += texts
    # Whatever is written may need more arguments, so they come last.
    parts = [
        _work(context),
        _tile(context),
        *functions,
        _steps(forward, backward, context),
        states(context),
        gradients(context),
    ]
    memory = context.memory
    return "\n".join(
        [
            headers(),
            _text("functions.h"),
            f"using real = {'double' if double else 'float'};",
            f"constexpr long TILE = {TILE}, STATE = {memory.bytes};",
            f"constexpr long BARS = {memory.bar_bytes // memory.sizes['real']};",
            *(surrogate_function(s) for s in context.surrogates.values()),
            "namespace {",
            context.arguments.source,
            *parts,
            "}  // namespace",
            _text("driver.h"),
        ]
    )


def _written(context: Context, number: int, operation: Operation):
    """Return the calls of a step, those of its adjoint, and the functions."""
    texts, forward, backward = [], "", ""
    event = _given_event(context, operation)
    write = next((w for kind, w in WRITERS.items() if isinstance(operation, kind)), None)
    if write is not None:
        texts += [write[0](context, number), write[1](context, number)]
        forward = f"forward_{number}<TAPE>(run, tile, tick);"
        if not operation.writes:
            # A record is complete after the forward pass.
            forward = f"if constexpr (!TAPE) forward_{number}<false>(run, tile, tick);"
        backward = f"backward_{number}(run, tile, tick);" if texts[1] else ""
    if event is not None:
        given = context.arguments.pointer(f"given {event}", "uint8_t")
        texts += [given_forward(context, number), given_backward(context, number)]
        forward = f"if ({given}) given_{number}<TAPE>(run, tile, tick);" + (
            f"\n        else {forward}" if forward else ""
        )
        other = f"given_back_{number}(run, tile, tick);" if texts[-1] else "{}"
        backward = f"if ({given}) {other}" + (f"\n        else {backward}" if backward else "")
    active = f"if (run.{context.arguments.names(f'ticks {operation.clock}')}[tick]) "
    context.arguments.pointer(f"ticks {operation.clock}", "uint8_t")
    calls = [f"    {active}{{ {line} }}" if line else "" for line in (forward, backward)]
    return calls[0], calls[1], [text for text in texts if text]


def _given_event(context: Context, operation: Operation) -> str | None:
    return operation.emits if operation.emits in context.givable else None


def _steps(forward: list[str], backward: list[str], context: Context) -> str:
    tails = [_add_tail(context, e) for e in context.events.values() if e.active]
    return "\n".join(
        [
            "template <bool TAPE> void step(const Run& run, Tile& tile, long tick) {",
            *forward,
            "}",
            "void step_back(const Run& run, Tile& tile, long tick) {",
            *tails,
            *(line for line in backward if line),
            "}",
        ]
    )


def _add_tail(context: Context, event) -> str:
    """Return the lines that add the adjoint of what is on its way at the end of the run."""
    pointer = context.arguments.pointer(f"gradient tail {event.name}", "real")
    steps = context.arguments.number(f"steps {event.clock}")
    rows = context.arguments.number(f"tail {event.name}")
    index = context.index(event.clock)
    ticks = context.arguments.pointer(f"ticks {event.clock}", "uint8_t")
    return f"""    if ({pointer} && {ticks}[tick] && {index} >= {steps} - {rows})
        for (long b = 0; b < tile.trials; ++b) {{
            const real* const from = {pointer} +
                (({index} - {steps} + {rows}) * run.batch + tile.first + b) * {event.size};
            real* const bar = {context.event_bar(event, 0)};
            for (int i = 0; i < {event.size}; ++i) bar[i] += from[i];
        }}"""


def _work(context: Context) -> str:
    """Return the weights as matrices, made once per call and shared by the threads."""
    members, fill = [], []
    for number, product in products_of(context):
        matrix = context.matrices[number]
        weight = context.arguments.pointer(f"input {product.weight}", "real")
        place = context.arguments.pointer(f"place {product.name}", "int64_t")
        name, count = f"weights_{number}", len(product.post)
        members.append(f"    l2l::Buffer<real> {name}, packed_{number};")
        members.append(f"    std::vector<l2l::PackedSparse<real, TILE>> sparse_{number};")
        fill.append(f"        {name} = l2l::Buffer<real>({max(1, matrix.size)});")
        fill.append(f"        for (long s = 0; s < {count}; ++s)")
        fill.append(
            f"            {name}[{place}[s]] += {'-' if product.sign < 0 else ''}{weight}[s];"
        )
        if context.events[product.event].active:
            pack = _packed_dense if matrix.dense else _packed_sparse
            fill += ["        if (back) {", *pack(context, product, number), "        }"]
    return "\n".join(
        ["struct Work {", *members, "    Work(const Run& run, bool back) {", *fill, "    }", "};"]
    )


def _packed_dense(context: Context, product: Product, number: int) -> list[str]:
    sizes, delays = f"{product.sources}, {product.targets}", len(product.wires.delays)
    stride = padded(product.targets)
    weights = f"weights_{number}.data + d * {product.sources * stride}L"
    return [
        f"            const long size = l2l::packed_size<real>({sizes});",
        f"            packed_{number} = l2l::Buffer<real>(size * {delays});",
        f"            for (long d = 0; d < {delays}; ++d)",
        f"                l2l::pack_transposed({weights}, {sizes}, {stride}L,",
        f"                                     packed_{number}.data + d * size);",
    ]


def _packed_sparse(context: Context, product: Product, number: int) -> list[str]:
    rows = context.arguments.pointer(f"rows {product.name}", "int32_t")
    targets = context.arguments.pointer(f"targets {product.name}", "int32_t")
    sizes = f"{product.sources}, {product.targets}"
    return [
        f"            for (long d = 0; d < {len(product.wires.delays)}; ++d) {{",
        f"                sparse_{number}.emplace_back({rows} + d * {product.sources + 1}, {targets}, {sizes});",  # noqa: E501
        f"                sparse_{number}.back().set_weights(weights_{number}.data);",
        "            }",
    ]


def _tile(context: Context) -> str:
    """Return the memory of one thread, for a tile of trials."""
    products = [o for _, o in products_of(context)]
    targets = max([padded(o.targets) for o in products], default=16)
    rows = max([o.sources * len(o.wires.delays) for o in products], default=1)
    lanes = max([padded(o.sources) + padded(o.targets) for o in products], default=1)
    sizes = [padded(a.size) for a in context.arrays.values()]
    buffers = [
        ("char", "memory", "TILE * STATE"),
        ("real", "bar_memory", "back ? TILE * BARS : 1"),
        ("real", "nowhere", f"back ? {max([16, *sizes])} : 1"),
        ("real", "scratch", f"TILE * {targets}"),
        ("real", "lanes", f"back ? {lanes} * TILE : 1"),
        ("const real*", "rows", f"{rows}"),
    ]
    for event in context.events.values():
        if event.active:
            size = f"back ? {event.lookback + 1} * TILE * {padded(event.size)} : 1"
            buffers.append(("real", context.names(f"bar {event.name}"), size))
    for tape in context.tapes.values():
        size = f"back ? run.segment * TILE * {padded(tape.size)} : 1"
        buffers.append((tape.type, context.names(f"tape {tape.name}"), size))
    for number, product in products_of(context):
        if context.arrays[product.weight].active:
            pointer = context.arguments.pointer(f"gradient {product.weight}", "real", False)
            size = f"back && {pointer} ? {max(1, context.matrices[number].size)} : 1"
            buffers.append(("real", f"gradient_{number}", size))
    lines = ["struct Tile {", "    const Work* work;", "    long first = 0, trials = 0, start = 0;"]
    lines += ["    int thread;"]
    lines += [f"    l2l::Buffer<{type_}> {name};" for type_, name, _ in buffers]
    lines += [f"    std::vector<Log> log_{number};" for number in sorted(context.logs)]
    lines += ["    char* state;", "    real* bars;"]
    lines += ["    Tile(const Run& run, const Work& shared, int thread, bool back)"]
    lines += ["        : work(&shared), thread(thread),"]
    lines += [",\n".join(f"          {name}({size})" for _, name, size in buffers)]
    lines += [f"          , log_{number}(TILE)" for number in sorted(context.logs)]
    lines += ["    { state = memory.data; bars = bar_memory.data; }", "};"]
    return "\n".join(lines)
