"""The arguments of a run on the device ``'torch'`` mean what they mean in Brian2."""

import re
import sys

import numpy as np
import pytest
from brian2 import (
    DimensionMismatchError,
    Network,
    NeuronGroup,
    StateMonitor,
    get_device,
    ms,
    mV,
    network_operation,
    profiling_summary,
    run,
    second,
    set_device,
    start_scope,
    stop,
)

from tests.mirror.devices import DEVICES, leaky, on, on_both
from tests.spec.networks import small


class Report:
    def __init__(self):
        self.calls = []

    def __call__(self, elapsed, completed, start, duration):
        assert elapsed >= 0 * second
        self.calls.append((float(completed), float(start), float(duration)))


def test_a_report_is_called_at_the_start_and_at_the_end():
    def act(net):
        net.run(2 * ms)
        report = Report()
        net.run(5 * ms, report=report, report_period=10 * second)
        return report.calls

    calls, expected = on_both(small, act)
    assert calls == expected
    assert [call[0] for call in calls] == [0.0, 1.0]


def test_a_report_is_called_in_between():
    def act(net):
        report = Report()
        net.run(5 * ms, report=report, report_period=0 * second)
        return report.calls

    expected, found = on_both(small, act)
    assert len(found) > 10
    parts = [completed for completed, _, _ in found]
    assert parts == sorted(parts) and parts[0] == 0 and parts[-1] == 1
    assert {call[1:] for call in found} == {call[1:] for call in expected}


@pytest.mark.parametrize("report", ["text", "stdout", "stderr"])
def test_a_report_is_written(report, capsys):
    on("torch", small, lambda net: net.run(5 * ms, report=report))
    written = capsys.readouterr()
    text, other = (written.err, written.out) if report == "stderr" else (written.out, written.err)
    assert "Starting simulation at t=0. s for a duration of 5. ms" in text
    assert re.search(r"5. ms \(100%\) simulated in", text)
    assert "simulat" not in other
    assert sys.stdout is not None


@pytest.mark.parametrize(("report", "error"), [("txt", ValueError), (5, TypeError)])
def test_a_report_that_is_none_is_refused(report, error):
    messages = []
    for device in DEVICES:
        with pytest.raises(error) as caught:
            on(device, small, lambda net: net.run(1 * ms, report=report))
        messages.append(" ".join(str(caught.value).split()))
    assert messages[0] == messages[1]


def test_a_profile_has_brian2s_names():
    def act(net):
        net.run(5 * ms, profile=True)
        summary = str(profiling_summary(net))
        names = {name for name, time in net.profiling_info if time > 0 * second}
        net.run(1 * ms)
        with pytest.raises(ValueError, match="profile=True"):
            _ = net.profiling_info
        return names, summary

    (names, _), (found, summary) = on_both(small, act)
    # The runtime device also calls the groups themselves, which have nothing to do in a step.
    assert names - found == {"neuron", "synapses"} and found <= names
    assert all(name in summary for name in names)


def test_the_profile_of_set_device_counts():
    set_device("torch", profile=True)
    try:
        net = small()
        net.run(1 * ms)
        assert net.profiling_info
    finally:
        set_device("runtime")


def external(**options):
    return lambda: Network(
        NeuronGroup(2, "dv/dt = (level - v)/tau : volt", method="exact", name="group", **options)
    )


def test_names_come_from_where_run_is_called():
    def act(net):
        level, tau = 2 * mV, 5 * ms  # noqa: F841  found by Brian2
        net.run(5 * ms)
        return np.array(net["group"].v[:]).tolist()

    expected, found = on_both(external(), act)
    assert found == expected and found[0] > 0


def test_names_come_from_the_namespace_that_is_given():
    def act(net):
        tau = 1 * second  # noqa: F841  must not be found
        net.run(5 * ms, namespace={"level": 2 * mV, "tau": 5 * ms})
        return np.array(net["group"].v[:]).tolist()

    expected, found = on_both(external(), act)
    assert found == expected and found[0] > 1e-3


def test_the_magic_run_finds_names_too():
    values = []
    for device in DEVICES:
        set_device(device)
        start_scope()
        level, tau = 2 * mV, 5 * ms  # noqa: F841  found by Brian2
        group = NeuronGroup(2, "dv/dt = (level - v)/tau : volt", method="exact")
        run(5 * ms)
        values.append(group.v[:].tolist())
    set_device("runtime")
    assert values[0] == values[1] and values[0][0] > 0


@pytest.mark.parametrize("how", ["network", "everything"])
def test_a_run_is_stopped(how):
    def build():
        net = Network(leaky())

        @network_operation(when="end")
        def watch(t):
            if t > 4.95 * ms:
                net.stop() if how == "network" else stop()

        net.add(watch, StateMonitor(net["leaky"], "v", record=True, name="states"))
        return net

    def act(net):
        net.run(20 * ms)
        stopped = float(net.t)
        net.run(3 * ms)
        device = get_device()
        return stopped, float(net.t), net["states"].v[:].tolist(), device._last_run_time >= 0

    expected, found = on_both(build, act)
    assert found == expected
    assert 4e-3 < found[0] < 6e-3


def test_no_time_changes_nothing():
    def act(net):
        net.run(1.5 * ms)
        before = net["neuron"].v[:].tolist()
        net.run(0 * ms)
        return before, net["neuron"].v[:].tolist(), float(net.t)

    expected, found = on_both(small, act)
    assert found == expected and found[0] == found[1] != [0]


@pytest.mark.parametrize("duration", [5, 5 * mV, 5.0])
def test_a_duration_needs_a_time(duration):
    for device in DEVICES:
        with pytest.raises(DimensionMismatchError):
            on(device, small, lambda net: net.run(duration))


def test_a_negative_duration_is_refused():
    for device in DEVICES:
        with pytest.raises(ValueError, match="non-negative duration but got '-1"):
            on(device, small, lambda net: net.run(-1 * ms))


def test_wrong_units_in_a_model_are_brian2s_errors():
    errors = []
    for device in DEVICES:
        with pytest.raises(Exception) as caught:
            on(device, external(), lambda net: net.run(1 * ms, namespace={"level": 1, "tau": ms}))
        errors.append((type(caught.value), str(caught.value.__cause__)))
    assert errors[0] == errors[1]
    assert issubclass(errors[0][0], Exception)


def test_an_empty_network_runs():
    on("torch", Network, lambda net: net.run(1 * ms))
