"""The tasks that come with brian2_l2l, by the names they have in its plugins."""

from collections.abc import Callable, Mapping

from brian2_l2l.hookspecs import hookimpl
from brian2_l2l.tasks import handwritten_digits


@hookimpl
def tasks() -> Mapping[str, Callable]:
    """Contribute the tasks of this module."""
    return {"digits": handwritten_digits}
