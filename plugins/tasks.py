"""The tasks that come with brian2_l2l, by the names they have in its plugins."""

from collections.abc import Callable, Mapping

from brian2_l2l import tasks as known
from brian2_l2l.hookspecs import hookimpl


@hookimpl
def tasks() -> Mapping[str, Callable]:
    """Contribute the tasks of this module."""
    return {
        "delayed_recall": known.DelayedRecallTask,
        "digits": known.handwritten_digits,
        "function_learning": known.FunctionLearningTask,
        "navigation": known.NavigationTask,
        "pictures_mnist": known.pictures_mnist,
        "sequential_mnist": known.sequential_mnist,
        "store_recall": known.StoreRecallTask,
    }
