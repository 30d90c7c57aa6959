"""The loop over time ticks clocks together as ``Network.run`` does."""

import pytest
from brian2 import Clock, Network, NetworkOperation, second

from brian2_l2l.mirror.loop import Interval, ticks


@pytest.mark.parametrize(
    "steps",
    [
        (0.1e-3,),
        (0.1e-3, 0.3e-3),
        (0.1e-3, 0.25e-3),
        (0.1e-3, 1 / 3 * 1e-3, 0.5e-3),
        (0.1e-3, 0.1e-3),
        (0.7e-3, 0.3e-3),
    ],
    ids=str,
)
@pytest.mark.parametrize("start", [0.0, 4.2e-3])
def test_clocks_tick_together_as_in_brian2(steps, start):
    clocks = [Clock(dt * second, name=f"clock{k}") for k, dt in enumerate(steps)]
    seen: list[set[str]] = []
    last: list[float] = [-1.0]

    def note(name):
        def operation():
            if net.t_ != last[0]:
                seen.append(set())
                last[0] = net.t_
            seen[-1].add(name)

        return operation

    operations = [NetworkOperation(note(c.name), clock=c, name=f"op_{c.name}") for c in clocks]
    net = Network(operations)
    net.t_ = start
    end = start + 6.3e-3
    net.run((end - start) * second)
    intervals = {}
    for clock in clocks:
        clock.set_interval(start * second, end * second)
        step = int(clock.variables["timestep"].get_value()[0])
        intervals[clock.name] = Interval(step, clock._i_end, clock.dt_)
    assert [set(now) for now in ticks(intervals)] == seen
    assert len(seen) >= 9
    for clock in clocks:
        assert intervals[clock.name].step == clock._i_end


def test_nothing_ticks_in_no_time():
    assert list(ticks({"clock": Interval(5, 5, 1e-4)})) == []
