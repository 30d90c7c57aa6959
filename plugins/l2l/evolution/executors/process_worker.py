"""What a worker process does; importing this module imports Brian2 in its main thread."""

from __future__ import annotations

import gc
import os
import shutil
import signal
import traceback
from collections.abc import Mapping
from multiprocessing.connection import Connection
from pathlib import Path

from brian2_l2l_plugins.l2l.evolution.executors.parcel import unpack
from brian2_l2l_plugins.l2l.evolution.executors.tasks import attempt
from brian2_l2l_plugins.l2l.evolution.executors.workplace import leave, settle


def serve(pipe: Connection, parcel: bytes, folder: Path, environment: Mapping[str, str]) -> None:
    """Answer tasks until the other end of the pipe is closed.

    The first answer says whether there will be others: None, or why not.

    Parameters
    ----------
    pipe : Connection
    parcel : bytes
        The inner function, see `pack`.
    folder : Path
        Of the run, for compiled programs.
    environment : dict
        The environment variables of the parent.
    """
    os.environ.clear()
    os.environ.update(environment)
    # The programs that it starts are of its group, and end with it. Ctrl-C is for the parent.
    if hasattr(os, "setpgid"):
        os.setpgid(0, 0)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    settle(folder / str(os.getpid()), folder / "shared")
    try:
        _answer(pipe, parcel)
    except (EOFError, OSError):
        # The parent has closed the pipe, or is no more and cannot remove the files of the run.
        shutil.rmtree(folder, ignore_errors=True)
    finally:
        leave()


def _answer(pipe: Connection, parcel: bytes) -> None:
    try:
        inner = unpack(parcel)
    except Exception:
        pipe.send(traceback.format_exc())
        return
    # Brian2 collects garbage in every run: what is there now is none.
    gc.freeze()
    pipe.send(None)
    while True:
        task = pipe.recv()
        pipe.send((task.number, attempt(inner, task)))
