"""``brian2-l2l train`` and ``brian2-l2l evaluate``: networks of the examples, and their weights."""

from collections.abc import Mapping
from typing import Any

from brian2_l2l.hookspecs import hookimpl
from brian2_l2l_plugins.recipes.commands import Evaluate, Train


@hookimpl
def commands() -> Mapping[str, Any]:
    """Contribute these commands."""
    return {"train": Train(), "evaluate": Evaluate()}
