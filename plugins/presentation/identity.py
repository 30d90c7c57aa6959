"""Texts by which a network and its samples are known again in another process."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from typing import Any

import numpy as np
from brian2 import BrianObject, Network
from brian2.groups.group import CodeRunner
from brian2.utils.stringtools import get_identifiers

from brian2_l2l.training import describe

__all__ = ["network_identity", "sample_identity"]

#: Where objects keep what the user has written.
_WRITTEN = (
    *("equations", "events", "event_codes", "_refractory", "method_choice", "code"),
    *("_N", "_rates", "rate", "weight"),
)
_LENGTH = 12


def network_identity(net: Network, namespace: Mapping[str, Any]) -> str:
    """Return a text that changes with the equations, the code and the constants of a network.

    Names of objects are left out: Brian2 numbers those that the user has not named.

    Parameters
    ----------
    net : Network
    namespace : mapping
        Where constants are looked up that an object has not in its own.
    """
    return _digest("\n\n".join(sorted(_texts(net.objects, namespace))).encode())


def sample_identity(values: np.ndarray, labels: np.ndarray) -> str:
    """Return a text that changes with the samples and their labels."""
    kind = f"{values.dtype} {values.shape}".encode()
    return _digest(kind, *map(np.ascontiguousarray, (values, labels)))


def _digest(*parts: bytes | np.ndarray) -> str:
    # Samples may take most of the memory: they are read where they are.
    found = sha256()
    for part in parts:
        found.update(part)
    return found.hexdigest()[:_LENGTH]


def _texts(objects: Iterable[BrianObject], namespace: Mapping[str, Any]) -> Iterator[str]:
    for obj in objects:
        known = {**namespace, **(getattr(obj, "namespace", None) or {})}
        yield _text(obj, known)
        yield from _texts(obj.contained_objects, known)


def _text(obj: BrianObject, namespace: Mapping[str, Any]) -> str:
    # Others write their code when they run.
    names = (*_WRITTEN, "abstract_code") if type(obj) is CodeRunner else _WRITTEN
    found = {name: str(getattr(obj, name)) for name in names if hasattr(obj, name)}
    own = getattr(getattr(obj, "group", obj), "variables", {})
    used = set().union(*map(get_identifiers, found.values())) & namespace.keys() - own.keys()
    constants = {
        name: describe(namespace[name]) for name in sorted(used) if not callable(namespace[name])
    }
    return describe({"type": type(obj).__name__, "dt": obj.clock.dt, **found, **constants})
