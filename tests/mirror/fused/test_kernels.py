"""The kernels of the generated programs, compared with numpy."""

import ctypes
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from brian2 import prefs

from brian2_l2l.errors import CompilerMissingError
from brian2_l2l.mirror.fused import compiler
from brian2_l2l.mirror.fused.compiler import Build

#: The elements behind each array that a kernel may neither read nor write.
BEHIND = 16
SIZES = [(1, 1), (10, 17), (17, 10), (220, 220), (64, 1), (33, 1000), (700, 256)]
#: The environment variable that has these tests run under the sanitizers.
SANITIZE = "L2L_TEST_SANITIZE"


@pytest.fixture(scope="module", params=[np.float32, np.float64], ids=["float", "double"])
def kernels(request, tmp_path_factory):
    before = prefs["l2l.cache_dir"]
    prefs["l2l.cache_dir"] = str(tmp_path_factory.mktemp("cache"))
    double = request.param is np.float64
    source = Path(__file__).with_name("kernels.cpp").read_text()
    head = (
        f"#include <cmath>\n{compiler.headers()}\nusing real = {'double' if double else 'float'};\n"
    )
    try:
        library = compiler.load(head + source, Build(double, bool(os.environ.get(SANITIZE))))
    except CompilerMissingError as missing:
        pytest.skip(str(missing))
    finally:
        prefs["l2l.cache_dir"] = before
    return Kernels(library, request.param)


class Kernels:
    """Calls the library with arrays, and makes arrays as the kernels want them."""

    def __init__(self, library, dtype):
        self.library, self.dtype = library, np.dtype(dtype)
        self.made = []

    def rows(self, count, n, values=None):
        """Return aligned rows with padding that is zero, and NaN behind the last."""
        stride = (n + 15) // 16 * 16
        size = count * stride
        memory = np.empty(size + BEHIND + 64 // self.dtype.itemsize, self.dtype)
        first = -memory.ctypes.data % 64 // self.dtype.itemsize
        memory = memory[first : first + size + BEHIND]
        memory[:size], memory[size:] = 0, np.nan
        self.made.append(memory[size:])
        rows = memory[:size].reshape(count, stride)
        if values is not None:
            rows[:, :n] = values
        return rows

    def __call__(self, name, *arguments):
        """Call a function; arrays become addresses, and 64 bits are right for every integer."""
        function = getattr(self.library, name)
        sent = [
            ctypes.c_void_p(a.ctypes.data) if isinstance(a, np.ndarray) else ctypes.c_long(a)
            for a in arguments
        ]
        result = function(*sent)
        assert all(np.isnan(behind).all() for behind in self.made), "wrote behind an array"
        return result


def assert_sums_equal(found, base, left, right):
    """Compare with ``base + left @ right``, within the bound of rounding errors of any order."""
    left, right, base = (np.asarray(a, float) for a in (left, right, base))
    terms = left.shape[1] + 2
    magnitude = np.abs(base) + np.abs(left) @ np.abs(right)
    bound = terms * np.finfo(found.dtype).eps * magnitude
    assert np.all(np.abs(found - (base + left @ right)) <= bound)


@pytest.mark.parametrize("count", [1, 17, 1000, 300_000])
def test_buffers_are_aligned_zeroed_and_movable(kernels, count):
    kernels.library.buffers.restype = ctypes.c_bool
    assert kernels("buffers", count)


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_each_thread_is_called_once(kernels, threads):
    calls = np.zeros(threads + 1, np.int32)
    kernels("threads", threads, calls)
    assert calls.tolist() == [1] * threads + [0]


@pytest.mark.parametrize("n", [1, 7, 8, 9, 63, 64, 65, 220, 1000])
@pytest.mark.parametrize("rate", [0, 0.1, 1])
def test_spikes_as_bits(kernels, rng, n, rate):
    fired = (rng.random(n) < rate).astype(np.uint8)
    bits = np.full((n + 63) // 64, -1, np.int64)
    kernels("pack", fired, n, bits)
    wanted = np.packbits(np.pad(fired, (0, -n % 64)), bitorder="little").view(np.int64)
    assert np.array_equal(bits, wanted)
    unpacked, found = np.full(n + 1, 7, np.uint8), np.full(n + 1, -1, np.int32)
    kernels("unpack", bits, n, unpacked)
    assert np.array_equal(unpacked, [*fired, 7])
    assert kernels("count", bits, n) == kernels("indices", bits, n, found) == fired.sum()
    assert np.array_equal(found[: fired.sum()], fired.nonzero()[0])
    listed = np.full(n + 16, -1, np.int32)
    assert kernels("listed", bits, n, 3, listed) == fired.sum()
    assert np.array_equal(listed[: fired.sum()], 3 + fired.nonzero()[0])


@pytest.mark.parametrize("n", [1, 16, 17, 220, 1000, 1003, 2000])
@pytest.mark.parametrize("count", [0, 1, 2, 25])
def test_rows_are_added_one_after_the_other(kernels, rng, n, count):
    matrix = kernels.rows(30, n, rng.normal(size=(30, n)))
    chosen = rng.integers(30, size=count).astype(np.int32)
    start = rng.normal(size=n).astype(kernels.dtype)
    wanted = start.copy()
    for row in chosen:
        wanted += matrix[row, :n]
    target = kernels.rows(1, n, start)
    kernels("rows", matrix, matrix.shape[1], chosen, count, target)
    assert np.array_equal(target[0, :n], wanted)
    assert not target[0, n:].any()


@pytest.mark.parametrize("count", [0, 1, 25])
def test_a_row_is_added_to_several(kernels, rng, count):
    row = kernels.rows(1, 220, rng.normal(size=220))
    matrix = kernels.rows(30, 220, rng.normal(size=(30, 220)))
    chosen = rng.permutation(30)[:count].astype(np.int32)
    wanted = matrix.copy()
    wanted[chosen] += row
    kernels("to_rows", row, chosen, count, matrix)
    assert np.array_equal(matrix, wanted)


@pytest.mark.parametrize(("sources", "targets"), SIZES)
@pytest.mark.parametrize("rate", [0, 0.01, 0.1, 1])
def test_rows_are_added_where_their_sources_spiked(kernels, rng, sources, targets, rate):
    spikes = rng.random((50, sources)) < rate
    padding = ((0, 0), (0, -sources % 64))
    bits = np.packbits(np.pad(spikes, padding), axis=-1, bitorder="little").view(np.int64)
    adjoints = kernels.rows(50, targets, rng.normal(size=(50, targets)))
    gradient = kernels.rows(sources, targets, rng.normal(size=(sources, targets)))
    before = gradient.copy()
    kernels("groups", bits, 50, sources, adjoints, adjoints.shape[1], gradient)
    assert_sums_equal(gradient, before, spikes.T, adjoints[::-1])


@pytest.mark.parametrize(("sources", "targets"), [*SIZES, (600, 700)])
def test_dense_products(kernels, rng, sources, targets):
    weights = kernels.rows(sources, targets, rng.normal(size=(sources, targets)))
    sizes = (sources, targets, weights.shape[1])
    for trials in range(1, 17):
        z = kernels.rows(trials, sources, rng.random((trials, sources)) < 0.5)
        currents = kernels.rows(trials, targets, rng.normal(size=(trials, targets)))
        before = currents.copy()
        kernels("dense", z, z.shape[1], trials, weights, *sizes, currents, currents.shape[1])
        assert_sums_equal(currents, before, z[:, :sources], weights)
        # To the bit what adding one row after the other gives.
        for trial, source in zip(*z.nonzero(), strict=True):
            before[trial] += weights[source]
        assert np.array_equal(currents, before)

        lambda_ = kernels.rows(trials, targets, rng.normal(size=(trials, targets)))
        before = rng.normal(size=(trials, sources))
        forth, back = outs = [kernels.rows(trials, sources, before) for _ in range(2)]
        for direction, out in enumerate(outs):
            arguments = lambda_, lambda_.shape[1], trials, weights, *sizes, direction, out
            kernels("dense_adjoint", *arguments, out.shape[1])
        assert_sums_equal(forth[:, :sources], before, lambda_, weights.T)
        assert np.array_equal(forth, back) and not forth[:, sources:].any()


def compressed(kernels, rng, sources, targets, density):
    """Return a sparse matrix in full, and as compressed rows."""
    connected = rng.random((sources, targets)) < density
    full = np.where(connected, rng.normal(size=connected.shape), 0).astype(kernels.dtype)
    first = np.append(0, connected.sum(axis=1).cumsum()).astype(np.int32)
    return full, first, connected.nonzero()[1].astype(np.int32), full[connected]


@pytest.mark.parametrize(("sources", "targets"), SIZES)
def test_a_sparse_row_is_added_and_gathered(kernels, rng, sources, targets):
    full, first, target, weight = compressed(kernels, rng, sources, targets, 0.3)
    out = rng.normal(size=targets).astype(kernels.dtype)
    lambda_ = rng.normal(size=targets).astype(kernels.dtype)
    gradient = rng.normal(size=len(weight)).astype(kernels.dtype)
    wanted, wanted_gradient = out.copy(), gradient.copy()
    for j in rng.integers(sources, size=3):
        kernels("scatter", target, weight, first[j], first[j + 1], out)
        kernels("gather", target, first[j], first[j + 1], lambda_, gradient)
        wanted += full[j]
        row = slice(first[j], first[j + 1])
        wanted_gradient[row] += lambda_[target[row]]
    assert np.array_equal(out, wanted)
    assert np.array_equal(gradient, wanted_gradient)


# The last needs several blocks of targets.
@pytest.mark.parametrize(("sources", "targets"), [*SIZES, (3, 20_000)])
@pytest.mark.parametrize("density", [0, 0.02, 0.3, 1])
def test_sparse_adjoint(kernels, rng, sources, targets, density):
    full, first, target, weight = compressed(kernels, rng, sources, targets, density)
    for trials in range(1, 17):
        lambda_ = kernels.rows(trials, targets, rng.normal(size=(trials, targets)))
        before = rng.normal(size=(trials, sources)).astype(kernels.dtype)
        for width in (4, 8, 16):
            if trials > width:
                continue
            out = kernels.rows(trials, sources, before)
            matrix = (first, target, weight, sources, targets)
            strides = lambda_.shape[1], out.shape[1]
            kernels("sparse_adjoint", width, *matrix, lambda_, strides[0], trials, out, strides[1])
            assert_sums_equal(out[:, :sources], before, lambda_[:, :targets], full.T)


@pytest.mark.skipif(bool(os.environ.get(SANITIZE)), reason="runs under the sanitizers already")
def test_the_sanitizers_find_nothing():
    environment = {**os.environ, **compiler.sanitizer_environment(), SANITIZE: "1"}
    tests = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-k",
        "float",
        __file__,
    ]
    done = subprocess.run(tests, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout
