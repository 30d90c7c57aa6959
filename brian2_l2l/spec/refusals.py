"""Say no: which object, which construct, where it was made, what to write instead."""

from __future__ import annotations

from typing import NoReturn

from ..errors import UnsupportedModelError

__all__ = ["refuse", "origin_of"]


def origin_of(obj) -> str:
    """Return the place in the user's script where ``obj`` was created."""
    return getattr(obj, "_creation_stack", "").strip() or "  (created inside Brian2)"


def refuse(obj, construct: str, instead: str) -> NoReturn:
    """Raise the error for a construct that cannot be mirrored.

    Parameters
    ----------
    obj : brian2.BrianObject
    construct : str
        What stands in the way, as a sentence without full stop.
    instead : str
        What to write instead.

    Raises
    ------
    UnsupportedModelError
    """
    raise UnsupportedModelError(
        f"'{getattr(obj, 'name', obj)}' cannot be mirrored: {construct}.\n"
        f"Created here:\n{origin_of(obj)}\n"
        f"Write instead: {instead}."
    )
