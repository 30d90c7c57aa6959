"""One step per Brian2 template."""

from .adaptive import AdaptiveStateUpdate
from .monitors import EventMonitor, RateMonitor, StateMonitor
from .neurons import Reset, SpikeGenerator, StateUpdate, Threshold
from .spatial import SpatialStateUpdate
from .synapses import PushSpikes, SummedVariable, SynapticEffect

__all__ = ["STEPS"]

STEPS = {
    "stateupdate": StateUpdate,
    "gsl_stateupdate": AdaptiveStateUpdate,
    "threshold": Threshold,
    "reset": Reset,
    "synapses": SynapticEffect,
    "synapses_push_spikes": PushSpikes,
    "summed_variable": SummedVariable,
    "spikegenerator": SpikeGenerator,
    "spatialstateupdate": SpatialStateUpdate,
    "statemonitor": StateMonitor,
    "spikemonitor": EventMonitor,
    "ratemonitor": RateMonitor,
}
