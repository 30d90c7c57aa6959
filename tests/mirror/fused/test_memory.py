"""A program that does not get what it needs of the system tells so, and the process goes on."""

import ctypes
import subprocess
import sys
from pathlib import Path

import pytest

from brian2_l2l.mirror.fused import compiler
from brian2_l2l.mirror.fused.source import text_of
from tests.mirror.fused.compilers import needs_compiler

pytestmark = needs_compiler

#: Threads of which the system has no more than ``most``.
SCARCE = """
#include <new>
#include <thread>
struct Scarce {
    static inline int most, made;
    std::thread thread;
    template <class F> Scarce(F f, int number) {
        if (made++ == most) throw std::bad_alloc();
        thread = std::thread(f, number);
    }
    void join() { thread.join(); }
};
"""
#: These count the calls of each thread, and return what the caller of a program gets.
CALLS = """
extern "C" int run(int together, int threads, int most, int* calls) {
    Scarce::most = most, Scarce::made = 0;
    const auto body = [&](int thread) { calls[thread]++; };
    return l2l::caught([&] {
        if (together) l2l::at_once(threads, body);
        else l2l::parallel(threads, body);
    });
}
extern "C" int fail(int threads, int failing, int* calls) {
    Scarce::most = threads;
    return l2l::caught([&] {
        l2l::parallel(threads, [&](int thread) {
            if (thread == failing) throw std::bad_alloc();
            calls[thread]++;
        });
    });
}
extern "C" int take(long bytes) {
    return l2l::caught([&] { l2l::Buffer<char> buffer(bytes); });
}
"""


@pytest.fixture(scope="module", params=["", "#undef _OPENMP"], ids=["OpenMP", "threads"])
def library(request):
    """Return the functions, with the threads of OpenMP or those of the standard library."""
    parts = [text_of("kernels.h"), text_of("memory.h"), text_of("together.h")]
    parts = [part.replace("std::vector<std::thread>", "std::vector<Scarce>") for part in parts]
    return compiler.load("\n".join([request.param, SCARCE, *parts, CALLS]))


@pytest.mark.parametrize(("most", "runs"), [(4, True), (2, False), (0, False)])
def test_threads_that_wait_for_each_other_all_run_or_none(most, runs, library):
    calls = (ctypes.c_int * 5)()
    assert library.run(1, 5, most, calls) == (not runs)
    assert list(calls) == [runs] * 5


@pytest.mark.parametrize("most", [4, 2, 0])
def test_what_there_are_no_threads_for_is_done_all_the_same(most, library):
    calls = (ctypes.c_int * 5)()
    assert library.run(0, 5, most, calls) == 0
    assert list(calls) == [1] * 5


@pytest.mark.parametrize("failing", [0, 1, 4])
def test_an_error_in_a_thread_reaches_the_caller(failing, library):
    calls = (ctypes.c_int * 5)()
    assert library.fail(5, failing, calls) == 1
    assert [k for k in range(5) if calls[k] != 1] == [failing]
    assert library.fail(5, 5, calls) == 0


def test_memory_that_nobody_has(library):
    library.take.argtypes = [ctypes.c_long]
    assert library.take(2**60) == 1
    assert library.take(2**10) == 0


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="it limits memory as Linux does")
def test_memory_that_there_is_not_is_an_error():
    command = [sys.executable, "-m", "tests.mirror.fused.limited"]
    folder = Path(__file__).parents[3]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "Run fewer at once (batch_size=" in done.stdout and "checkpoint=" in done.stdout
    assert "the same" in done.stdout
