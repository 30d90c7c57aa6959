"""Describe how to compute a variable that is not stored: a subexpression, or one behind a link."""

from __future__ import annotations

from collections.abc import Mapping

from brian2.groups.group import Group
from brian2.monitors.statemonitor import StateMonitor

from .network_spec import Block
from .recorder import recording
from .specify import ArrayNames, specify_block

__all__ = ["observe"]


def observe(
    group: Group, variable: str, namespace: Mapping[str, object], names: ArrayNames
) -> Block:
    """Return the block that computes a variable of all elements at the end of a time step.

    It is the block of a `StateMonitor`, which no network contains.

    Parameters
    ----------
    group : brian2.Group
        The group whose variable it is, of a network that was recorded.
    variable : str
    namespace : dict
        The external names of the model, as for ``Network.run``.
    names : ArrayNames
        Gets the arrays that the block reads.
    """
    name = f"record_of_{group.name}_{variable}"
    monitor = StateMonitor(group, variable, record=True, when="end", name=name)
    with recording() as collected:
        monitor.before_run(namespace)
    codes = [code for code in collected if code.template_name == "statemonitor"]
    return specify_block(monitor, codes[0], names)
