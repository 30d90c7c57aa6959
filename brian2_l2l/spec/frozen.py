"""A dict that stays as it is."""

from __future__ import annotations

from typing import NoReturn

__all__ = ["FrozenDict"]


class FrozenDict(dict):
    """A dict that refuses to be changed; equal to a plain one, and can be pickled."""

    def _refuse(self, *args, **kwds) -> NoReturn:
        raise TypeError(
            "A NetworkSpec cannot be changed. Make a changed copy with dataclasses.replace, or "
            "change the network and record it again."
        )

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __reduce__(self):
        # The default would set item after item.
        return type(self), (dict(self),)
