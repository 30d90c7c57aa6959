"""
The hand-written C++ program, compiled from the folder that ``--bound`` names.

The folder holds ``lsnn.cpp`` and ``ff.cpp``, which need AVX-512; what this module calls is the C
interface that they declare. Weights are in other units there: an input enters ``v`` by the factor
``1 - ALPHA``, or 1, where a synapse's weight enters by ``ALPHA``.
"""

import ctypes
import os
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from .. import jobs
from ..jobs import ALPHA, KAPPA, RHO, Recurrent, delayed_spikes

FLAGS = ("-O3", "-march=native", "-fopenmp", "-shared", "-fPIC")


def build(job, data, folder, segment=0) -> "BoundProgram":
    """Compile the programs, and make the one of a job."""
    make = RecurrentBound if isinstance(job, Recurrent) else FeedForwardBound
    with tempfile.TemporaryDirectory() as where:
        library = _load(folder, make.source, where)
        adam = _load(folder, "lsnn", where).adam_f
    return make(library, adam, job, data, segment)


def _load(folder, name, where):
    target = Path(where) / f"{name}.so"
    if not target.exists():
        source = Path(folder) / f"{name}.cpp"
        subprocess.run(["g++", *FLAGS, str(source), "-o", str(target)], check=True)
    return ctypes.CDLL(str(target))


class RecurrentConfiguration(ctypes.Structure):
    """The configuration of ``lsnn.cpp``."""

    _fields_ = (
        [(name, ctypes.c_int) for name in ("steps", "batch", "neurons", "inputs", "outputs")]
        + [(name, ctypes.c_double) for name in ("alpha", "rho", "kappa", "threshold", "damping")]
        + [(name, ctypes.c_int) for name in ("refractory", "forward", "weights", "segment")]
        + [(name, ctypes.c_int) for name in ("threads", "sparse")]
    )


class FeedForwardConfiguration(ctypes.Structure):
    """The configuration of ``ff.cpp``."""

    _fields_ = (
        [(name, ctypes.c_int) for name in ("steps", "batch", "s0", "s1", "s2", "s3")]
        + [("alpha", ctypes.c_double)]
        + [(name, ctypes.c_int) for name in ("mode", "threads")]
    )


class BoundProgram:
    """Training by a compiled program; the subclasses know its arguments."""

    source: str
    #: How many times larger a weight is there, by synapses.
    factors: dict[str, float]

    def __init__(self, library, adam, job, data, segment):
        self.job, self.library, self.adam = job, library, adam
        dtype = next(iter(data.weights.values())).dtype
        self.suffix = {"float32": "f", "float64": "d"}[dtype.name]
        self.spikes = np.ascontiguousarray(delayed_spikes(job, data, dtype))
        self.labels = np.ascontiguousarray(data.labels, np.int64)
        self.weights = {
            name: np.ascontiguousarray(w * self.factors[name], dtype)
            for name, w in data.weights.items()
        }
        self.found = {name: np.zeros_like(w) for name, w in self.weights.items()}
        self.moments = {
            name: (np.zeros_like(w), np.zeros_like(w)) for name, w in self.weights.items()
        }
        self.updates = 0
        self.handle = self.create(data, segment)

    def call(self, stem, *arguments):
        """Call a function for this precision; arrays go as pointers."""
        pointers = [_pointer(a) if isinstance(a, np.ndarray) else a for a in arguments]
        return getattr(self.library, f"{stem}_{self.suffix}")(*pointers)

    def make(self, stem, configuration):
        """Call a function that gives a handle."""
        getattr(self.library, f"{stem}_{self.suffix}").restype = ctypes.c_void_p
        return ctypes.c_void_p(self.call(stem, ctypes.byref(configuration)))

    def step(self) -> None:
        """Do one training step."""
        self.gradients()
        self.updates += 1
        for name, weight in self.weights.items():
            arrays = (weight, self.found[name], *self.moments[name])
            self.adam(
                *map(_pointer, arrays),
                ctypes.c_long(weight.size),
                ctypes.c_int(self.updates),
                ctypes.c_double(jobs.LEARNING_RATE),
            )

    def arrays(self) -> dict[str, np.ndarray]:
        """Give the gradients, in our units."""
        return {name: g * self.factors[name] for name, g in self.found.items()}


class RecurrentBound(BoundProgram):
    """``lsnn.cpp``: event-driven forward pass and weight gradients."""

    source = "lsnn"
    factors = {"S_in": ALPHA / (1 - ALPHA), "S_rec": ALPHA / (1 - ALPHA), "S_out": 1.0}

    def create(self, data, segment):
        """Make the handle."""
        job = self.job
        self.beta = np.ascontiguousarray(data.beta * RHO / (1 - RHO), data.beta.dtype)
        sizes = (job.steps, job.batch, job.neurons, job.inputs, job.outputs)
        constants = (ALPHA, RHO, KAPPA, jobs.THRESHOLD, jobs.DAMPENING)
        options = (int(jobs.REFRACTORY / jobs.DT), 0, 0, segment, _threads(), 0)
        self.configuration = RecurrentConfiguration(*sizes, *constants, *options)
        return self.make("lsnn_create", self.configuration)

    def gradients(self) -> float:
        """Run forward and backward, and give the loss."""
        loss = ctypes.c_double()
        arrays = (*self.weights.values(), self.beta, *self.found.values())
        self.call("lsnn_step", self.handle, self.spikes, self.labels, *arrays, ctypes.byref(loss))
        return loss.value

    def rates(self) -> list[float]:
        """Give the mean rate of the latest pass."""
        times = (ctypes.c_double * 3)()
        self.library.lsnn_times_f(self.handle, times)
        job = self.job
        return [times[2] / (job.steps * job.batch * job.neurons) * 1e3 / jobs.DT]


class FeedForwardBound(BoundProgram):
    """``ff.cpp``."""

    source = "ff"
    factors = {"S_1": ALPHA, "S_2": ALPHA, "S_3": ALPHA}

    def create(self, data, segment):
        """Make the handle."""
        job = self.job
        self.configuration = FeedForwardConfiguration(
            job.steps, job.batch, *job.layers, ALPHA, 0, _threads()
        )
        return self.make("ff_create", self.configuration)

    def gradients(self) -> float:
        """Run forward and backward, and give the loss."""
        loss = ctypes.c_double()
        arrays = (*self.weights.values(), *self.found.values())
        self.call("ff_step", self.handle, self.spikes, self.labels, *arrays, ctypes.byref(loss))
        return loss.value

    def rates(self) -> list[float]:
        """Give the mean rate of each layer in the latest pass."""
        times = (ctypes.c_double * 5)()
        self.library.ff_times_f(self.handle, times)
        trials = self.job.steps * self.job.batch * jobs.DT / 1e3
        return [
            spikes / (trials * size)
            for spikes, size in zip(times[2:5], self.job.layers[1:], strict=True)
        ]


def _pointer(array):
    return array.ctypes.data_as(ctypes.c_void_p)


def _threads() -> int:
    # A worker may use as many threads as it has processors.
    return len(os.sched_getaffinity(0))
