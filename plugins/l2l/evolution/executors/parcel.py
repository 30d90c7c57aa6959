"""The inner function with all that its results depend on, as bytes for other processes."""

from __future__ import annotations

import pickle
from collections.abc import Callable

from brian2 import defaultclock, prefs, second

from brian2_l2l.errors import TrainingError


def pack(inner: Callable) -> bytes:
    """Return the inner function with Brian2's preferences and time step, as they are now.

    Functions of a script or a notebook are sent as they are, those of modules by their names.

    Raises
    ------
    TrainingError
        If it cannot be sent.
    """
    import cloudpickle

    try:
        # Two layers: preferences must be set before the function is made.
        content = cloudpickle.dumps(inner)
        return cloudpickle.dumps((dict(prefs), float(defaultclock.dt), content))
    except (pickle.PicklingError, TypeError, AttributeError) as error:
        raise TrainingError(
            f"inner={inner!r} cannot be sent to other processes: {error}. Make what it needs "
            "inside of it, or give executor='serial'."
        ) from error


def unpack(parcel: bytes) -> Callable:
    """Set the preferences and the time step, and return the inner function."""
    preferences, step, content = pickle.loads(parcel)
    for name, value in preferences.items():
        # Those of packages that are not imported here say nothing here.
        if name in prefs and prefs[name] != value:
            prefs[name] = value
    defaultclock.dt = step * second
    return pickle.loads(content)
