"""Frozen dataclasses with other parts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import fields, replace
from typing import Any, TypeVar

from brian2_l2l.errors import did_you_mean

__all__ = ["with_parts"]

T = TypeVar("T")


def with_parts(whole: T, changes: Mapping[str, Any], added: Collection[str], what: str) -> T:
    """Return a copy of a dataclass with other fields.

    Parameters
    ----------
    whole : dataclass
    changes : mapping
        New values of fields.
    added : collection of str
        Fields with mappings, to whose entries those of `changes` are added.
    what : str
        What the whole is, for the error.

    Raises
    ------
    TypeError
        If there is no such field.
    """
    names = [part.name for part in fields(whole)]
    found = dict(changes)
    for name, value in changes.items():
        if name not in names:
            raise TypeError(
                f"A {what} has no part {name!r}.{did_you_mean(name, names)} "
                f"Its parts are: {', '.join(names)}."
            )
        if name in added:
            found[name] = {**getattr(whole, name), **value}
    return replace(whole, **found)
