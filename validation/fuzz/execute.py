"""Run a script on a device and take down everything it leaves behind."""

import gc
from dataclasses import dataclass

import brian2
import numpy as np
from brian2.devices.device import reset_device
from brian2.groups.group import Group
from brian2.groups.subgroup import Subgroup
from brian2.utils import caching
from brian2.utils.caching import _hashable as make_key
from brian2.utils.logger import BrianLogger


@dataclass
class Recording:
    """
    What a script left behind.

    Attributes
    ----------
    values : dict
        ``'object.variable'`` -> array, for every state variable of every group, for every recorded
        variable of every monitor, and for the state of the random number generator.
    spikes : int
        The spikes of all neurons that have equations.
    chances : float
        The number of spikes if every one of these neurons had spiked at every time step.
    """

    values: dict[str, np.ndarray]
    spikes: int
    chances: float

    @property
    def useful(self) -> str:
        """Say ``'yes'``, or why the network proves nothing."""
        if self.spikes == 0:
            return "silent"
        if self.spikes > 0.5 * self.chances:
            return "saturated"
        finite = all(np.isfinite(v).all() for v in self.values.values() if v.dtype.kind == "f")
        return "yes" if finite else "not finite"


def prepare() -> None:
    """Make Brian2 quiet and fast for many small networks; call it once in a process."""
    BrianLogger.log_level_error()
    np.seterr(all="ignore")
    caching._hashable = _hashable
    tidy()


def tidy() -> None:
    """
    Leave out what lives on from the garbage collections to come; call it between networks.

    Brian2 collects garbage before each run, and modules are most of what there is to look through.
    """
    gc.collect()
    gc.freeze()


def _hashable(value):
    """
    Refuse to make a key for Brian2's caches out of all variables of a group.

    Brian2 then calls the function that is to be cached. For networks that are all different such
    keys take longer than what they save, and they keep every network in memory.
    """
    if type(value) is dict:
        raise TypeError("not cached")
    return make_key(value)


def execute(text: str, device: str, title: str = "fuzz") -> Recording:
    """
    Run a script in a fresh namespace.

    Parameters
    ----------
    text : str
        The script.
    device : str
        The name of the Brian2 device to run it on, such as ``'runtime'``.
    title : str
        What tracebacks call the script.

    Returns
    -------
    recording : `Recording`
        What it left behind.

    Raises
    ------
    Exception
        Whatever the script raises.
    """
    brian2.prefs["codegen.target"] = "numpy"
    brian2.set_device(device)
    try:
        brian2.start_scope()
        np.random.seed(0)
        namespace = {"__name__": title}
        exec(compile(text, title, "exec"), namespace)
        return record(namespace)
    finally:
        reset_device()
        brian2.device.reinit()


def record(namespace: dict) -> Recording:
    """Take down all groups and monitors of a script's namespace."""
    values = {"random state": _random_state()}
    spikes, chances = 0, 0.0
    duration = float(namespace.get("net", brian2.magic_network).t)
    for name, group in sorted(namespace.items(), key=lambda item: item[0]):
        if not isinstance(group, Group) or isinstance(group, Subgroup):
            continue
        states = group.get_states(units=False, read_only_variables=True)
        for variable, value in states.items():
            values[f"{name}.{variable}"] = np.array(value)
        if isinstance(group, brian2.SpikeMonitor) and _has_equations(group.source):
            spikes += int(np.sum(group.count[:]))
            chances += len(group.source) * duration / float(group.source.clock.dt)
    return Recording(values, spikes, chances)


def _has_equations(group: Group) -> bool:
    return isinstance(getattr(group, "source", group), brian2.NeuronGroup)


def _random_state() -> np.ndarray:
    _, keys, position, has_gauss, cached = np.random.get_state()
    return np.array([*keys, position, has_gauss, cached])
