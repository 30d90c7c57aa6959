"""The command ``brian2-l2l demo``: a network learns to read digits and runs in three engines."""

from collections.abc import Mapping
from typing import Any

from brian2_l2l.hookspecs import hookimpl
from brian2_l2l_plugins.demo.command import Demo


@hookimpl
def commands() -> Mapping[str, Any]:
    """Contribute this command."""
    return {"demo": Demo()}
