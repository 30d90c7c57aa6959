"""Programs for CUDA: their logic and their barriers in an emulation, and nvcc's opinion."""

import shutil
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from brian2 import ms, prefs

from brian2_l2l.errors import CompilerMissingError, MirrorError
from brian2_l2l.mirror.fused import bits
from brian2_l2l.mirror.fused.compiler import load
from brian2_l2l.mirror.fused.cuda import build, products, source
from brian2_l2l.mirror.fused.cuda.build import CudaBuild, find_nvcc
from brian2_l2l.mirror.fused.cuda.graphics import Graphics, prepared
from brian2_l2l.mirror.fused.program import MACHINES
from tests.claims.fused_equals_plain import assert_same, run_lowered
from tests.mirror.fused.cuda_networks import NETWORKS, STEPS, adaptive, made
from tests.mirror.fused.emulation import emulated
from tests.mirror.fused.test_random_networks import random_networks, run_both

#: Fewer spikes in a run prove nothing.
SILENT = 50
#: The watch has no room for many teams, nor for what a whole run keeps of all synapses.
WATCHED = {"watch": True, "teams": 2, "keep": False}
#: The random networks that are compared, and how many are tried for them.
RANDOM, MOST_TRIED = 5, 40

FUNCTIONS = ("exp", "log", "log10", "log1p", "expm1", "sqrt", "sin", "cos", "tan", "sinh", "cosh")
FUNCTIONS += ("tanh", "arcsin", "arccos", "arctan", "erf", "floor", "ceil", "abs", "sign")
FUNCTIONS += ("exprel", "finite")

needs_gcc = pytest.mark.skipif(
    shutil.which("g++") is None, reason="there is no g++ for the emulation"
)
needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no device with CUDA")


def spikes_of_both(make, rng, **options):
    """Return the number of spikes of a network that is the same in the emulation."""
    net, trained, keys = made(make, rng)
    expected = run_lowered(net, "plain", STEPS * ms, keys, trained)
    with emulated(**options) as machine:
        found = run_lowered(net, "fused", STEPS * ms, keys, trained)
    assert machine.launches == 2 and len(expected[1]) == len(trained)
    assert machine.races == 0, "threads meet without a barrier"
    assert all(float(gradient.norm()) > 0 for gradient in expected[1].values())
    return assert_same(expected, found)


@needs_gcc
@pytest.mark.parametrize(("order", "keep"), [("backward", True), ("shuffled", False)])
@pytest.mark.parametrize("make", NETWORKS)
def test_the_emulation_equals_the_plain_lowering(make, order, keep, rng):
    assert spikes_of_both(make, rng, order=order, keep=keep) > SILENT


@needs_gcc
@pytest.mark.parametrize("make", NETWORKS)
def test_threads_that_meet_have_a_barrier_in_between(make, rng):
    assert spikes_of_both(make, rng, **WATCHED) > SILENT


@needs_gcc
@pytest.mark.parametrize(("threads", "teams", "processors"), [(32, 1, 1), (96, 4, 1), (32, 3, 2)])
def test_teams_of_every_number_and_size(threads, teams, processors, rng):
    options = {"threads": threads, "teams": teams, "processors": processors}
    assert spikes_of_both(adaptive, rng, **options) > SILENT


@needs_gcc
def test_weights_that_have_no_room_near_the_threads(rng):
    assert spikes_of_both(adaptive, rng, bytes=5_000, watch=True, keep=False) > SILENT


@needs_gcc
def test_a_state_that_has_no_room_near_the_threads(rng, monkeypatch):
    monkeypatch.setattr(source, "SHARED_BYTES", 0)
    assert spikes_of_both(adaptive, rng, watch=True) > SILENT


@needs_gcc
def test_a_missing_barrier_is_seen(rng, monkeypatch):
    monkeypatch.setattr(products, "fenced", list)
    with pytest.raises(AssertionError, match="without a barrier"):
        spikes_of_both(adaptive, rng, watch=True)


@needs_gcc
def test_random_networks_in_the_emulation(seed):
    compared = 0
    for index, network in random_networks(seed, range(MOST_TRIED)):
        with emulated(order="shuffled", **WATCHED) as machine:
            results = run_both(*network)
        if results is not None:
            assert machine.races == 0, f"network {index}: threads meet without a barrier"
            assert_same(*results)
            compared += 1
        if compared == RANDOM:
            break
    assert compared == RANDOM


class CompiledError(Exception):
    """A program has been compiled, and there is no device to run it."""


class CompileOnly(Graphics):
    """A device that takes programs and runs none."""

    def load(self, text, double, device):
        library = prepared(load(text, CudaBuild(double)))
        assert library.forward and library.backward
        raise CompiledError


@pytest.mark.parametrize("make", NETWORKS)
def test_nvcc_compiles_the_program(make, rng, monkeypatch):
    try:
        find_nvcc()
    except CompilerMissingError as missing:
        pytest.skip(str(missing))
    monkeypatch.setitem(MACHINES, "cpu", CompileOnly())
    net, trained, keys = made(make, rng)
    dtype = torch.float32 if make is adaptive else torch.float64
    with pytest.raises(CompiledError):
        run_lowered(net, "fused", STEPS * ms, keys, trained, dtype=dtype)


def test_nvcc_compiles_all_functions():
    try:
        find_nvcc()
    except CompilerMissingError as missing:
        pytest.skip(str(missing))
    lines = [f"to[k++] = l2l::{name}(x);" for name in FUNCTIONS]
    lines += [f"to[k++] = l2l::{name}(x, y);" for name in ("mod", "power", "floor_divide")]
    lines += ["to[k++] = l2l::clip(x, y, T(2));", "to[k++] = T(l2l::timestep(x, y));"]
    lines += ["to[k++] = T(l2l::row(x, 0.1, 2.0, 5));", "to[k++] = T(l2l::whole<int64_t>(x));"]
    lines += ["l2l::Faults faults(place);"]
    for type_ in ("int32_t", "int64_t"):
        lines += [f"to[k++] = T(faults.column({type_}(x), 4, 1));"]
        lines += [f"const {type_} {type_}_y = faults.divisor({type_}(y), 2);"]
        lines += [
            f"to[k++] = T(l2l::{name}({type_}(x), {type_}_y));" for name in ("mod", "floor_divide")
        ]
    kernels = [
        f"__global__ void all_{name}({name}* to, {name} x, {name} y, int32_t* place)"
        " { all(to, x, y, place); }"
        for name in ("float", "double")
    ]
    function = [
        "template <class T> __device__ void all(T* to, T x, T y, int32_t* place) {",
        "int k = 0;",
    ]
    text = "\n".join([source.head(64), *function, *lines, "}", *kernels])
    load(text, CudaBuild())


def test_the_nvcc_of_a_package_is_found(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("CUDA_HOME", str(tmp_path))
    monkeypatch.setattr(build, "find_spec", lambda name: None)
    with pytest.raises(CompilerMissingError, match=r"pip install 'brian2_l2l\[nvcc\]'"):
        find_nvcc()
    for version in ("cu13", "cu14"):
        program = tmp_path / "nvidia" / version / "bin" / "nvcc"
        program.parent.mkdir(parents=True)
        program.touch(0o755)
    folders = SimpleNamespace(submodule_search_locations=[str(tmp_path / "nvidia")])
    monkeypatch.setattr(build, "find_spec", lambda name: folders if name == "nvidia" else None)
    assert find_nvcc() == (str(program),)


def test_without_nvcc_the_plain_lowering_runs(rng, monkeypatch):
    prefs.l2l.nvcc = "no-such-nvcc"
    monkeypatch.setitem(MACHINES, "cpu", Graphics())
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: (8, 0))
    net, trained, keys = made(adaptive, rng)
    records, _ = run_lowered(net, "auto", STEPS * ms, keys, trained)
    expected, _ = run_lowered(net, "plain", STEPS * ms, keys, trained)
    assert torch.equal(records[keys[0]], expected[keys[0]])
    with pytest.raises(MirrorError, match="no compiler for CUDA.*'no-such-nvcc' is not a program"):
        run_lowered(net, "fused", STEPS * ms, keys, trained)


@pytest.mark.parametrize("size", [1, 63, 64, 130])
def test_bits_of_torch_are_those_of_numpy(size, rng):
    fired = torch.as_tensor(rng.random((3, 2, size)) < 0.5)
    assert torch.equal(bits.pack_in_torch(fired), bits.pack(fired))


@needs_gpu
@pytest.mark.parametrize("make", NETWORKS)
def test_the_device_equals_the_plain_lowering(make, rng):
    net, trained, keys = made(make, rng)
    expected = run_lowered(net, "plain", STEPS * ms, keys, trained, device="cuda")
    found = run_lowered(net, "fused", STEPS * ms, keys, trained, device="cuda")
    assert assert_same(expected, found) > SILENT


@needs_gpu
@pytest.mark.parametrize("make", NETWORKS)
def test_the_device_gives_the_same_twice(make, rng):
    net, trained, keys = made(make, rng)
    runs = [
        run_lowered(net, "fused", STEPS * ms, keys, trained, device="cuda", dtype=torch.float32)
        for _ in range(2)
    ]
    # The gradients of weights are sums in no fixed order; everything else has one.
    for key in keys:
        assert torch.equal(runs[0][0][key], runs[1][0][key])


@needs_gpu
def test_the_device_runs_more_trials_than_blocks(rng, monkeypatch):
    monkeypatch.setattr(Graphics, "workers", lambda self, batch: 2)
    net, trained, keys = made(adaptive, rng)
    inputs = {"stimulus": np.asarray(rng.random((STEPS, 7, 40)) < 0.1)}
    options = {"inputs": inputs, "device": "cuda"}
    expected = run_lowered(net, "plain", STEPS * ms, keys, trained, **options)
    assert assert_same(expected, run_lowered(net, "fused", STEPS * ms, keys, trained, **options))
