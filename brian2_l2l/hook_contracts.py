"""What the contributions of each hook must be, checked where they come in."""

from collections.abc import Mapping
from typing import Any

from brian2_l2l.errors import PluginError
from brian2_l2l.surrogates import Surrogate


def _is_surrogate(value: Any) -> bool:
    return isinstance(value, Surrogate)


def _is_command(value: Any) -> bool:
    return isinstance(getattr(value, "help", None), str) and all(
        callable(getattr(value, method, None)) for method in ("add_arguments", "run")
    )


# A test and its words, for the kinds that are more than callables.
_CALLABLE = (callable, "a callable")
_CONTRACTS = {
    "surrogates": (_is_surrogate, "a Surrogate"),
    "commands": (_is_command, "an object with help, add_arguments(parser) and run(arguments)"),
}


def fits(kind: str, value: Any) -> bool:
    """Return whether an object can be a contribution of this kind."""
    return _CONTRACTS.get(kind, _CALLABLE)[0](value)


def expected(kind: str) -> str:
    """Return in words what a contribution of this kind must be."""
    return _CONTRACTS.get(kind, _CALLABLE)[1]


def check_contribution(kind: str, contributed: Any) -> Mapping[str, Any]:
    """
    Return what a hook returned, if it is what its page in `hookspecs` asks for.

    Raises
    ------
    PluginError
        If it is no mapping from strings to objects that fit the kind.
    """
    if not isinstance(contributed, Mapping):
        raise PluginError(
            f"its hook {kind!r} returns {contributed!r}; return a mapping from names to objects"
        )
    for name, value in contributed.items():
        if not isinstance(name, str) or not fits(kind, value):
            raise PluginError(
                f"its hook {kind!r} contributes {name!r}: {value!r}; "
                f"write a string as the name and {expected(kind)} as the value"
            )
    return contributed
