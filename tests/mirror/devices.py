"""Do the same on the runtime device and on ``'torch'``."""

from brian2 import NeuronGroup, set_device, start_scope

DEVICES = ("runtime", "torch")


def leaky(n=3, **options):
    options = {"threshold": "v > 1", "reset": "v = 0", "method": "exact", **options}
    return NeuronGroup(n, "dv/dt = (1.5 - v)/(10*ms) : 1", name="leaky", **options)


def on(device, build, act):
    """Build a network on a device, and return what `act` says about it."""
    set_device(device)
    try:
        start_scope()
        return act(build())
    finally:
        set_device("runtime")


def on_both(build, act):
    return [on(device, build, act) for device in DEVICES]
