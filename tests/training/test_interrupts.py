"""Ctrl-C is held back, and not lost."""

import os
import signal
import subprocess
import sys
import threading

import pytest

from brian2_l2l.training.interrupts import shielded


@pytest.fixture(autouse=True)
def interruptible():
    """Ctrl-C raises KeyboardInterrupt here, whatever runs the tests."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def press_ctrl_c():
    os.kill(os.getpid(), signal.SIGINT)


def test_ctrl_c_comes_after_the_block():
    done = []
    with pytest.raises(KeyboardInterrupt), shielded():
        press_ctrl_c()
        done.append(1)
    assert done == [1]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_without_ctrl_c_nothing_happens():
    with shielded():
        pass
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_an_error_in_the_block_wins_and_the_handler_comes_back():
    with pytest.raises(ZeroDivisionError), shielded():
        press_ctrl_c()
        raise ZeroDivisionError
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_an_ignored_ctrl_c_stays_ignored():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with shielded():
        press_ctrl_c()
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def test_a_handler_of_ones_own_is_called_once():
    calls = []
    signal.signal(signal.SIGINT, lambda *arguments: calls.append(arguments))
    with shielded():
        press_ctrl_c()
        press_ctrl_c()
        assert not calls
    assert [number for number, _ in calls] == [signal.SIGINT]


DEFAULT = """
import signal
from brian2_l2l.training.interrupts import shielded
signal.signal(signal.SIGINT, signal.SIG_DFL)
with shielded():
    signal.raise_signal(signal.SIGINT)
    print("block done", flush=True)
print("not reached")
"""


def test_where_ctrl_c_ends_the_process_it_does_so_after_the_block():
    command = [sys.executable, "-c", DEFAULT]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.stdout, done.returncode) == ("block done\n", -signal.SIGINT)


def test_other_threads_can_use_it():
    done = []

    def work():
        with shielded():
            done.append(1)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done == [1]
