"""How many processes there are, and how they are started."""

from __future__ import annotations

import multiprocessing
import os
import sys

#: What a server of processes has imported.
PRELOADED = "brian2_l2l_plugins.l2l.evolution.executors.process_worker"


def get_context() -> multiprocessing.context.BaseContext:
    """Return how processes are started.

    On Linux by a server that has imported Brian2, in its main thread: another process is then there
    at once, and shares what it does not change. Elsewhere each process imports it.
    """
    if sys.platform != "linux":
        return multiprocessing.get_context("spawn")
    from multiprocessing import forkserver

    forkserver.set_forkserver_preload([PRELOADED])
    # Others may want to have other modules imported; the one who starts the server decides.
    forkserver.ensure_running()
    return multiprocessing.get_context("forkserver")


def available_processors() -> int:
    """Return the number of processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
