"""Brian2 objects as text: what they are, with their equations and code."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from brian2 import BrianObject, Synapses
from brian2.groups.group import CodeRunner

__all__ = ["written"]


def written(obj: BrianObject) -> str:
    """Return the name of an object, and below it its equations, code and constants."""
    return "\n    ".join([_title(obj), *_lines(obj)])


def _title(obj: Any) -> str:
    if isinstance(obj, Synapses):
        return f"{obj.name}, from {obj.source.name} to {obj.target.name}:"
    return f"{obj.name}:"


def _lines(obj: Any) -> Iterator[str]:
    yield from str(getattr(obj, "equations", "")).splitlines()
    for name, condition in getattr(obj, "events", {}).items():
        yield f"{name} if {condition}"
    for name, code in getattr(obj, "event_codes", {}).items():
        yield from (f"after {name}: {line}" for line in code.splitlines())
    for pathway in getattr(obj, "_pathways", ()):
        yield from (f"on {pathway.prepost}: {line}" for line in pathway.code.splitlines())
    for runner in (obj, *obj.contained_objects):
        if type(runner) is CodeRunner or not hasattr(obj, "equations"):
            yield from (f"each step: {line}" for line in _code_of(runner))
    for name, value in (getattr(obj, "namespace", None) or {}).items():
        yield f"{name} = {value}"


def _code_of(runner: Any) -> list[str]:
    return getattr(runner, "abstract_code", "").splitlines()
