"""The inner function with all that its results depend on, as bytes for other processes."""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable
from typing import Any

import cloudpickle
from brian2 import defaultclock, prefs, second
from brian2.units import allunits
from brian2.units.fundamentalunits import Unit

from brian2_l2l.errors import TrainingError


def pack(inner: Callable) -> bytes:
    """Return the inner function with Brian2's preferences and time step, as they are now.

    Functions of a script or a notebook are sent as they are, those of modules by their names.

    Raises
    ------
    TrainingError
        If it cannot be sent.
    """
    try:
        # Two layers: preferences must be set before the function is made.
        return _dump((dict(prefs), float(defaultclock.dt), _dump(inner)))
    except (pickle.PicklingError, TypeError, AttributeError) as error:
        raise TrainingError(
            f"inner={inner!r} cannot be sent to other processes: {error}. Make what it needs "
            "inside of it, or give executor='serial'."
        ) from error


class Pickler(cloudpickle.Pickler):
    """Sends units by their names: a copy would be another unit for Brian2, which warns of it."""

    def reducer_override(self, obj: Any) -> Any:
        """Return how an object is sent."""
        if isinstance(obj, Unit) and getattr(allunits, obj.name, None) is obj:
            return getattr, (allunits, obj.name)
        return super().reducer_override(obj)


def _dump(content: Any) -> bytes:
    file = io.BytesIO()
    Pickler(file).dump(content)
    return file.getvalue()


def unpack(parcel: bytes) -> Callable:
    """Set the preferences and the time step, and return the inner function."""
    preferences, step, content = pickle.loads(parcel)
    for name, value in preferences.items():
        # Those of packages that are not imported here say nothing here.
        if name in prefs and prefs[name] != value:
            prefs[name] = value
    defaultclock.dt = step * second
    return pickle.loads(content)
