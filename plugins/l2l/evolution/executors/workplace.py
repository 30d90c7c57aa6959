"""Where a worker process keeps compiled programs; in other processes it is nowhere."""

from __future__ import annotations

import shutil
from pathlib import Path

_own: Path | None = None
_shared: Path | None = None


def settle(own: Path, shared: Path) -> None:
    """Give this process its folders; they are made.

    Parameters
    ----------
    own : Path
    shared : Path
        For all processes of a run on this machine.
    """
    global _own, _shared
    own.mkdir(parents=True, exist_ok=True)
    shared.mkdir(parents=True, exist_ok=True)
    _own, _shared = own, shared


def leave() -> None:
    """Remove the folder of this process, and forget both."""
    global _own, _shared
    if _own is not None:
        shutil.rmtree(_own, ignore_errors=True)
    _own = _shared = None


def own_folder() -> Path | None:
    """Return the folder of this process, or None if it is no worker."""
    return _own


def shared_folder() -> Path | None:
    """Return the folder that all processes of a run share, or None if this is no worker."""
    return _shared
