"""Inner functions that worker processes can import."""

import os
import signal
import threading
import time
from pathlib import Path

from brian2 import Network, NeuronGroup, SpikeMonitor, defaultclock, ms, mV, prefs
from brian2 import seed as seed_brian


def bowl(values, seed):
    """Lowest at 3 and 10 mV."""
    return (values["x"] - 3) ** 2 + float((values["u"] - 10 * mV) / (10 * mV)) ** 2


def noisy_bowl(values, seed):
    """The same, with noise that the seed decides."""
    return bowl(values, seed) + 1e-3 * (seed % 1000)


class Raising:
    """Raises above a value of x."""

    def __init__(self, limit):
        self.limit = limit

    def __call__(self, values, seed):
        if values["x"] > self.limit:
            raise ValueError(f"{values['x']:.3f} is too much")
        return bowl(values, seed)


def raising_for_a_reason(values, seed):
    """Raise an error that another one caused."""
    try:
        raise KeyError("deep")
    except KeyError as error:
        raise ValueError("somewhere") from error


class Killed:
    """Kills its process at some seeds, the first time each is asked for.

    Parameters
    ----------
    folder : Path
        Where it remembers them; one file for each.
    every : int
        One of so many seeds.
    """

    def __init__(self, folder, every):
        self.folder, self.every = Path(folder), every

    def __call__(self, values, seed):
        mark = self.folder / str(seed)
        if seed % self.every == 0 and not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return noisy_bowl(values, seed)


def deadly(values, seed):
    """Ends its process whenever it is asked."""
    os._exit(5)


def process(values, seed):
    """Return the number of its process, so that costs tell who evaluated."""
    time.sleep(0.05)
    return os.getpid()


def brian2_in_a_thread(values, seed):
    """Run Brian2 where the executor calls it, and tell if that is not the main thread."""
    prefs.codegen.target = "numpy"
    seed_brian(seed)
    group = NeuronGroup(10, "dv/dt = (2 - v)/(10*ms) : 1", threshold="v > 1", reset="v = 0")
    group.v = "rand()"
    spikes = SpikeMonitor(group)
    Network(group, spikes).run(50 * ms)
    away = threading.current_thread() is not threading.main_thread()
    return spikes.num_spikes + 1000 * away


def settings(values, seed):
    """Return what the process has of Brian2's settings and of the environment."""
    number = int(os.environ["BRIAN2_L2L_TEST"])
    return 100 * number + 10 * (prefs.codegen.target == "numpy") + float(defaultclock.dt / ms)


def refuse(*arguments):
    """End a worker process before it can do anything."""
    os._exit(7)
