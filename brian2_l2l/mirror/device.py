"""The Brian2 device ``'torch'``: ``set_device('torch')`` runs an unmodified script on the mirror.

Arrays, string expressions and the creation of synapses stay with Brian2's runtime device and its
numpy target; only runs are different.
"""

from __future__ import annotations

import gc
import sys
import time
from collections import defaultdict

import numpy as np
import torch
from brian2.codegen.runtime.numpy_rt import NumpyCodeObject
from brian2.core.namespace import get_local_namespace
from brian2.core.network import Network, TextReport
from brian2.core.preferences import prefs
from brian2.devices.device import RuntimeDevice, all_devices
from brian2.groups.group import Group
from brian2.units.allunits import second
from brian2.units.fundamentalunits import Quantity, fail_for_dimension_mismatch

from ..spec.recorder import record
from ..spec.specify import ArrayNames, specify
from .live import LiveNetwork
from .loop import Interval, run
from .operations import operation_step
from .program import Program, lower, make_state
from .random import NumpyRandom
from .target import Target

__all__ = ["TorchDevice"]


class TorchDevice(RuntimeDevice):
    """Run networks as PyTorch programs, with the values of Brian2's numpy target."""

    def code_object_class(self, codeobj_class=None, fallback_pref="codegen.target"):
        """Return numpy code objects for whatever happens outside of runs."""
        return codeobj_class if codeobj_class is not None else NumpyCodeObject

    def network_run(
        self,
        net,
        duration,
        report=None,
        report_period=10 * second,
        namespace=None,
        profile=None,
        level=0,
    ):
        """Run ``net``; the arguments are those of ``brian2.Network.run``."""
        fail_for_dimension_mismatch(duration, second, "Wrong dimensions of the run's duration.")
        if duration < 0 * second:
            raise ValueError(
                f"Function 'run' expected a non-negative duration but got '{duration}'"
            )
        gc.collect()
        if profile is None:
            profile = self.build_options.get("profile", False)
        if namespace is None:
            namespace = get_local_namespace(level=level + 2)
        start, end = net.t, net.t + duration
        for clock in {obj.clock for obj in net.sorted_objects}:
            clock.set_interval(start, end)
        _Run(self, net, namespace, profile).run(start, end, Reporter(report, report_period))


class _Run:
    """One run of one network."""

    def __init__(self, device, net, namespace, profile):
        self.device, self.net, self.profile = device, net, profile
        recording = record(net, namespace)
        names = ArrayNames()
        spec = specify(recording, names)
        self.live = LiveNetwork(recording, names, spec)
        # Conformance follows Brian2's preference for reals.
        dtype = torch.float64 if prefs.core.default_float_dtype is np.float64 else torch.float32
        target = Target(exact=True, differentiable=False, dtype=dtype)
        step = operation_step(self.live)
        self.program = lower(spec, target, {"network_operation": step})

    def _stopped(self) -> bool:
        return self.net._stopped or Network._globally_stopped

    @torch.no_grad()
    def run(self, start, end, report) -> None:
        """Run from ``start`` to ``end`` and store the results in the Brian2 objects."""
        net, device = self.net, self.device
        began = time.time()
        report.begin(start, end - start)
        state = self._state()
        times: dict[str, float] = defaultdict(float)
        program = _timed(self.program, times) if self.profile else self.program
        Network._globally_running = True
        try:
            if net.sorted_objects:
                run(program, state, self._intervals(), self._after_step(report, start, end, began))
        finally:
            Network._globally_running = False
        self._finish(state, start, end)
        device._last_run_time = time.time() - began
        report.end(device._last_run_completed_fraction)
        net.after_run()
        measured = [(name, t * second) for name, t in times.items()]
        net._profiling_info = measured if self.profile else None

    def _state(self):
        random = NumpyRandom([np.random], self.program.target.dtype)
        state = make_state(self.program, 1, random)
        self.program.prepare(state)
        return state

    def _intervals(self) -> dict[str, Interval]:
        clocks = self.live.clocks
        self.intervals = {
            name: Interval(int(clock.variables["timestep"].get_value()[0]), clock._i_end, clock.dt_)
            for name, clock in clocks.items()
        }
        return self.intervals

    def _after_step(self, report, start, end, began):
        limit = self.device._maximum_run_time

        def check(state):
            report.update(min(i.time for i in self.intervals.values()), start, end)
            if limit is not None and time.time() - began > float(limit):
                self.net._stopped = True
            return self._stopped()

        return check

    def _finish(self, state, start, end) -> None:
        net, device = self.net, self.device
        for name, interval in getattr(self, "intervals", {}).items():
            self.live.set_time(name, interval.step)
        self.live.save(state)
        if self._stopped() and self.live.clocks:
            net.t_ = min(interval.time for interval in self.intervals.values())
        else:
            net.t_ = float(end)
        duration = float(end - start)
        done = float(net.t - start) / duration if duration > 0 else 1.0
        device._last_run_completed_fraction = done
        for obj in net.sorted_objects:
            if isinstance(obj, Group):
                obj._check_for_invalid_states()


def _timed(program: Program, times: dict[str, float]) -> Program:
    """Return the same program with steps that add up the time they take."""

    class Timed:
        def __init__(self, step):
            self.step, self.clock = step, step.clock
            self.name = step.block.options.get("pathway", step.name)

        def run(self, state):
            began = time.time()
            self.step.run(state)
            times[self.name] += time.time() - began

    return Program(program.spec, program.target, tuple(map(Timed, program.steps)))


class Reporter:
    """Brian2's ``report=`` argument."""

    def __init__(self, report, period):
        self.callback = self._resolve(report)
        self.period = float(period)

    @staticmethod
    def _resolve(report):
        if report is None or callable(report):
            return report
        if report in ("text", "stdout", "stderr"):
            return TextReport(sys.stderr if report == "stderr" else sys.stdout)
        if isinstance(report, str):
            raise ValueError(f'Do not know how to handle report argument "{report}".')
        raise TypeError(
            "Do not know how to handle report argument, it has to be one of 'text', 'stdout', "
            f"'stderr', or a callable function/object, but it is of type {type(report)}"
        )

    def begin(self, start: Quantity, duration: Quantity) -> None:
        """Report the start."""
        self.start, self.duration, self.began = start, duration, time.time()
        self.due = self.began + self.period
        self._call(0.0)

    def update(self, t: float, start: Quantity, end: Quantity) -> None:
        """Report how far the run is, when the period has passed."""
        if self.callback is not None and time.time() > self.due:
            self._call((t - float(start)) / float(end - start))
            self.due = time.time() + self.period

    def end(self, completed: float) -> None:
        """Report the end."""
        self._call(completed)

    def _call(self, completed: float) -> None:
        if self.callback is not None:
            elapsed = (time.time() - self.began) * second
            self.callback(elapsed, completed, self.start, self.duration)


all_devices.setdefault("torch", TorchDevice())
