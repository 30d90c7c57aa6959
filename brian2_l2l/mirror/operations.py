"""Python code between the steps of a run (``NetworkOperation``), on the device ``'torch'``."""

from __future__ import annotations

from .live import LiveNetwork
from .steps.base import Step

__all__ = ["operation_step"]


def operation_step(live: LiveNetwork) -> type[Step]:
    """Return the step class that calls the Python code of live Brian2 objects.

    Parameters
    ----------
    live : LiveNetwork
        All values are stored in it before the call, and read from it afterwards.
    """

    class Operation(Step):
        def run(self, state):
            for clock in self.spec.clocks.values():
                live.set_time(clock.name, int(state.clocks[clock.array("timestep")]))
            live.save(state)
            live.objects[self.name].run()
            live.load(state)

    return Operation
