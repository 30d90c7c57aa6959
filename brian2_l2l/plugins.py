"""
What the installed plugins contribute, by kind and name.

A plugin that cannot be imported, has an unknown hook or raises in one is skipped as a whole with
one warning, and never stops a command. Where two plugins contribute the same name, the first keeps
it (this package's own plugins come first, then the others by distribution and name); the second
loses that name only, and a warning names both.
"""

from functools import lru_cache
from typing import Any

from brian2.core.preferences import prefs

import brian2_l2l.prefs  # noqa: F401  registers the preference that is read here
from brian2_l2l.entry_points import find_sources
from brian2_l2l.plugin_manager import PluginInfo, PluginManager

__all__ = ["PluginInfo", "PluginManager", "get", "listing", "manager", "names", "resolve"]


@lru_cache(maxsize=1)
def _manager(disabled: tuple[str, ...]) -> PluginManager:
    return PluginManager(find_sources(), disabled)


def manager() -> PluginManager:
    """
    Return the manager of all installed plugins; they are loaded at its first use.

    They are loaded again if the preference ``l2l.plugins_disabled`` has changed.
    """
    return _manager(tuple(prefs["l2l.plugins_disabled"]))


def listing() -> list[PluginInfo]:
    """Return what became of each installed plugin, in loading order."""
    return manager().listing()


def names(kind: str) -> list[str]:
    """Return the sorted names of one kind of contribution, such as ``'surrogates'``."""
    return manager().names(kind)


def get(kind: str, name: str) -> Any:
    """
    Return what the installed plugins contribute under a name.

    Raises
    ------
    PluginError
        If there is no such kind or name; the message suggests the nearest and lists the known.
    """
    return manager().get(kind, name)


def resolve(kind: str, name_or_object: Any) -> Any:
    """
    Return what a user gave: an object as it is, a string looked up among the installed plugins.

    Raises
    ------
    PluginError
        If there is no such kind or name, or the object is not of this kind.
    """
    return manager().resolve(kind, name_or_object)
