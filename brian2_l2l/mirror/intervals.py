"""Duration -> the steps of each clock."""

from __future__ import annotations

import math

from brian2.units.allunits import second
from brian2.units.fundamentalunits import Quantity, have_same_dimensions

from ..errors import MirrorError
from ..spec.network_spec import NetworkSpec
from .loop import EPSILON, Interval
from .state import State

__all__ = ["intervals_of"]


def intervals_of(
    spec: NetworkSpec, duration: Quantity, state: State | None = None
) -> dict[str, Interval]:
    """Return the steps of a run, by clock.

    Parameters
    ----------
    spec : NetworkSpec
    duration : Quantity
    state : State, optional
        Where the run begins; by default where the network was recorded.

    Raises
    ------
    MirrorError
        If the duration is no time, not positive, or no multiple of a clock's time step.
    """
    if not have_same_dimensions(duration, second) or not math.isfinite(float(duration)):
        raise MirrorError(f"duration={duration!r} is no time; write a quantity such as 100*ms.")
    if not float(duration) > 0:
        raise MirrorError(f"duration={duration!r}: a mirror runs for at least one time step.")
    intervals = {}
    for clock in spec.clocks.values():
        steps = round(float(duration) / clock.dt)
        if abs(float(duration) / clock.dt - steps) > EPSILON or steps < 1:
            nearest = max(steps, 1) * clock.dt * second
            raise MirrorError(
                f"duration={duration!s} is no multiple of the time step {clock.dt * second!s} of "
                f"the clock '{clock.name}'. The nearest one is {nearest!s}."
            )
        first = clock.timestep if state is None else int(state.clocks[clock.array("timestep")])
        intervals[clock.name] = Interval(first, first + steps, clock.dt)
    return intervals
