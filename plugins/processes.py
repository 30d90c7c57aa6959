"""Processes that start other programs."""

from __future__ import annotations

import contextlib
import os
import signal
from typing import Any

__all__ = ["kill_group"]


def kill_group(process: Any) -> None:
    """End a process and the programs it has started, such as compilers.

    Parameters
    ----------
    process : subprocess.Popen or multiprocessing.Process
        It leads a group, unless it has ended before it could.
    """
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
