"""The errors of brian2_l2l, and the helper that suggests a known name for a misspelt one."""

from collections.abc import Iterable
from difflib import get_close_matches


class L2LError(Exception):
    """Base class of every error that brian2_l2l raises on purpose."""


class UnsupportedModelError(L2LError, NotImplementedError):
    """A Brian2 construct that cannot be mirrored; says where it was made and what to write."""


class MirrorError(L2LError, ValueError):
    """A bad argument to the mirror: a wrong name, shape, unit, type or value."""


class PluginError(L2LError):
    """A plugin that cannot be used, or a name that no plugin contributes."""


class TrainingError(L2LError):
    """Training that cannot start or cannot go on."""


class RuleError(L2LError, ValueError):
    """A learning rule that does not fit the neurons it connects, or itself."""


class CompilerError(L2LError):
    """A generated program that cannot be compiled, kept or loaded."""


class CompilerMissingError(CompilerError):
    """There is no C++ compiler; says how to get or name one."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """
    Suggest the known names nearest to a misspelt one.

    Parameters
    ----------
    name : str
        The name that was not found.
    known : iterable of str
        The names that exist.

    Returns
    -------
    suggestion : str
        ``" Did you mean 'x'?"`` (with the leading space, to be appended to a sentence), or an
        empty string if no known name is near.
    """
    matches = get_close_matches(name, list(known), n=2, cutoff=0.6)
    if not matches:
        return ""
    return f" Did you mean {' or '.join(map(repr, matches))}?"
