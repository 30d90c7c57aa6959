"""The claim that a network is worth testing: it spikes, and it is not saturated."""

from brian2 import Network, SpikeMonitor


def assert_healthy(net: Network, group: str, duration) -> None:
    """Assert that a group spikes, and less than every fourth time step; the network is restored.

    Parameters
    ----------
    net : Network
    group : str
    duration : Quantity
    """
    spikes = SpikeMonitor(net[group], record=False)
    net.store("before the check of activity")
    net.add(spikes)
    net.run(duration)
    count, neurons = spikes.num_spikes, len(net[group])
    net.remove(spikes)
    net.restore("before the check of activity")
    possible = neurons * float(duration / net[group].clock.dt)
    assert 0 < count < possible / 4, f"'{group}' has {count} spikes, {possible:g} are possible"
