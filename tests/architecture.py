"""
Checks of the source code as text: who imports whom, which names are used, how long things are.

Every check takes a mapping from module names to `Source` and returns complaints, one line each.
Imports inside functions count as much as those at the top.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

#: What may import what: only from its own line or from lines above. The empty name is the door,
#: `brian2_l2l` itself; a new module of `brian2_l2l` needs a place here.
LAYERS = (
    {"errors", "types", "prefs", "surrogates", "hookspecs", "hook_contracts"}
    | {"entry_points", "plugin_manager", "plugins", "parts"},
    {"models"},
    {"spec", "rules"},
    {"mirror"},
    {"training", "tasks"},
    {""},
    {"brian2_l2l_plugins"},
    {"cli", "__main__"},
    {"validation", "tests", "examples"},
)
#: The number of lower layers that work without torch.
LAYERS_WITHOUT_TORCH = 3

MAXIMUM_FILE, MAXIMUM_FUNCTION = 300, 60

#: Hooks whose contributions are methods; the core knows none of their names.
METHOD_HOOKS = {"trainers", "rewirings", "rules", "outer_loops"}
#: Methods that the core must not name even before there is a plugin for them.
METHODS = {"bptt", "deep_r", "eprop", "erbp", "perbp", "reinforce", "reptile", "maml"}

#: What makes tensors on the default device of torch unless it is told another one.
NEW_TENSORS = {
    f"torch.{name}"
    for name in ("zeros", "ones", "empty", "full", "eye", "arange", "linspace", "tensor")
    + ("as_tensor", "asarray", "rand", "randn", "randint", "randperm")
}


@dataclass(frozen=True)
class Source:
    """One module: its name, the text, and whether it is a package's ``__init__``."""

    module: str
    text: str
    is_package: bool = False

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)


def read(root: Path, folders: Mapping[str, str]) -> dict[str, Source]:
    """Read every Python file of some folders; the values are the names they are imported by."""
    sources = {}
    for folder, name in folders.items():
        for path in sorted((root / folder).rglob("*.py")):
            parts = [name, *path.relative_to(root / folder).with_suffix("").parts]
            is_package = parts[-1] == "__init__"
            module = ".".join(parts[:-1] if is_package else parts)
            sources[module] = Source(module, path.read_text(encoding="utf-8"), is_package)
    return sources


def imports(source: Source) -> Iterator[tuple[int, str]]:
    """Yield the line and the full dotted name of everything that a module imports."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(source, node)
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Call) and "import" in ast.unparse(node.func):
            # importlib.import_module("name") and __import__("name")
            names = [argument for argument in node.args if isinstance(argument, ast.Constant)]
            yield from ((node.lineno, str(name.value)) for name in names[:1])


def _absolute(source: Source, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module
    parts = source.module.split(".")
    kept = parts[: len(parts) - node.level + source.is_package]
    return ".".join([*kept, *([node.module] if node.module else [])])


def _module_of(dotted: str, sources: Mapping[str, Source]) -> str | None:
    while dotted and dotted not in sources:
        dotted = dotted.rpartition(".")[0]
    return dotted or None


def edges(sources: Mapping[str, Source]) -> Iterator[tuple[str, int, str]]:
    """Yield (importing module, line, imported module) for imports among the modules."""
    for source in sources.values():
        for line, dotted in imports(source):
            target = _module_of(dotted, sources)
            if target and target != source.module:
                yield source.module, line, target


def layer(module: str) -> int | None:
    """Return the number of a module's line in `LAYERS`, None if it has no place."""
    first, _, rest = module.partition(".")
    part = rest.partition(".")[0] if first == "brian2_l2l" else first
    return next((number for number, names in enumerate(LAYERS) if part in names), None)


def wrong_arrows(sources: Mapping[str, Source]) -> list[str]:
    """Complain about modules without a place and imports of a later layer."""
    homeless = [
        f"{module}: has no place in the layers" for module in sources if layer(module) is None
    ]
    placed = {module: source for module, source in sources.items() if layer(module) is not None}
    return homeless + [
        f"{module}:{line}: imports {target}, which is of a later layer"
        for module, line, target in edges(placed)
        if layer(target) > layer(module)
    ]


def torch_below_the_mirror(sources: Mapping[str, Source]) -> list[str]:
    """Complain about torch where the network is still symbolic."""
    return [
        f"{source.module}:{line}: imports {dotted}"
        for source in sources.values()
        if (layer(source.module) or 0) < LAYERS_WITHOUT_TORCH
        for line, dotted in imports(source)
        if dotted.partition(".")[0] == "torch"
    ]


def cycles(sources: Mapping[str, Source]) -> list[str]:
    """Complain about cycles among the modules and packages that share a parent."""
    graphs: dict[str, dict[str, set[str]]] = {}
    for module, _, target in edges(sources):
        parent, child, other = _siblings(module, target)
        graphs.setdefault(parent, {}).setdefault(child, set()).add(other)
    return [
        f"{parent or 'top level'}: cycle through {' -> '.join(cycle)}"
        for parent, graph in graphs.items()
        if (cycle := _find_cycle(graph))
    ]


def _siblings(module: str, target: str) -> tuple[str, str, str]:
    # The two children of the nearest common parent; a package's own code is its child "__init__".
    a, b = module.split("."), target.split(".")
    common = 0
    while common < min(len(a), len(b)) and a[common] == b[common]:
        common += 1
    a, b = [*a, "__init__"], [*b, "__init__"]
    return ".".join(a[:common]), a[common], b[common]


def _find_cycle(graph: Mapping[str, set[str]]) -> list[str]:
    done: set[str] = set()

    def visit(node: str, path: list[str]) -> list[str]:
        if node in path:
            return [*path[path.index(node) :], node]
        if node in done:
            return []
        done.add(node)
        found = (visit(next_, [*path, node]) for next_ in sorted(graph.get(node, ())))
        return next((cycle for cycle in found if cycle), [])

    found = (visit(node, []) for node in sorted(graph))
    return next((cycle for cycle in found if cycle), [])


def tensors_without_device(sources: Iterable[Source]) -> list[str]:
    """List new tensors that do not say where they are.

    Where they are must not depend on `torch.set_default_device`, nor be forgotten.
    """
    complaints = []
    for source in sources:
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in NEW_TENSORS:
                if all(keyword.arg != "device" for keyword in node.keywords):
                    what = f"{ast.unparse(node.func)} makes a tensor without device="
                    complaints.append(f"{source.module}:{node.lineno}: {what}")
    return complaints


def too_long(sources: Mapping[str, Source]) -> list[str]:
    """Complain about long files and long functions, docstrings and decorators included."""
    complaints = []
    for source in sources.values():
        lines = len(source.text.splitlines())
        if lines > MAXIMUM_FILE:
            complaints.append(f"{source.module}: {lines} lines, at most {MAXIMUM_FILE}")
        for node in ast.walk(source.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
                length = node.end_lineno - first + 1
                if length > MAXIMUM_FUNCTION:
                    complaints.append(f"{source.module}:{first}: {node.name}() has {length} lines")
    return complaints


def exported(source: Source) -> set[str] | None:
    """Return the strings of a module's ``__all__``, None if it has none."""
    for node in source.tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            strings = [n.value for n in ast.walk(node.value) if isinstance(n, ast.Constant)]
            return set(strings)
    return None


def private_uses(plugins: Iterable[Source], core: Mapping[str, Source]) -> list[str]:
    """
    Complain about plugins that use more than the public names of `brian2_l2l`.

    Public are: the names in ``brian2_l2l.__all__``; the modules and packages directly in
    `brian2_l2l`; and the names in these (in their ``__all__``, if they have one) that do not begin
    with an underscore. What lies deeper is internal.
    """
    return [
        f"{source.module}:{line}: {used} is not public"
        for source in plugins
        for line, used in _uses(source)
        if not _is_public(used.split("."), core)
    ]


def _uses(source: Source) -> Iterator[tuple[int, str]]:
    bound = _bindings(source)
    uses = list(imports(source))
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute):
            first, _, rest = ast.unparse(node).partition(".")
            if first in bound and re.fullmatch(r"[\w.]+", rest):
                uses.append((node.lineno, f"{bound[first]}.{rest}"))
    return ((line, used) for line, used in uses if used.partition(".")[0] == "brian2_l2l")


def _bindings(source: Source) -> dict[str, str]:
    # What the names that are bound by imports stand for.
    bound = {}
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ImportFrom):
            base = _absolute(source, node)
            bound |= {alias.asname or alias.name: f"{base}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            for alias in node.names:
                first = alias.name.partition(".")[0]
                bound |= {alias.asname: alias.name} if alias.asname else {first: first}
    return bound


def _is_public(parts: list[str], core: Mapping[str, Source]) -> bool:
    if len(parts) == 1:
        return True
    owner = core.get(".".join(parts[:2]))
    if owner is None:
        # An attribute of the door; what follows it is up to the object.
        return parts[1] in (exported(core["brian2_l2l"]) or ())
    if parts[1].startswith("_"):
        return False
    if len(parts) == 2:
        return True
    if parts[2].startswith("_") or ".".join(parts[:3]) in core:
        return False
    names = exported(owner)
    return names is None or parts[2] in names


def methods(plugins: Iterable[Source]) -> set[str]:
    """Return the names of the methods that plugin modules contribute, and of these modules."""
    names = set(METHODS)
    for source in plugins:
        for node in source.tree.body:
            if isinstance(node, ast.FunctionDef) and node.name in METHOD_HOOKS:
                names.add(source.module.rpartition(".")[2])
                keys = [n.keys for n in ast.walk(node) if isinstance(n, ast.Dict)]
                names.update(k.value for ks in keys for k in ks if isinstance(k, ast.Constant))
    # The package for learning to learn is called as the project is for short.
    return names - {"l2l"}


def named_methods(core: Iterable[Source], names: Iterable[str]) -> list[str]:
    """Complain about a method's name anywhere in the text of the core."""
    pattern = re.compile(rf"\b({'|'.join(sorted(map(re.escape, names)))})\b", re.IGNORECASE)
    return [
        f"{source.module}:{number}: names the method {match.group()}"
        for source in core
        for number, line in enumerate(source.text.splitlines(), start=1)
        if (match := pattern.search(line))
    ]
