"""Compile a program once for all processes of a run."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
from pathlib import Path

from brian2 import prefs
from brian2.devices.cpp_standalone.device import cpp_standalone_device
from brian2.utils.filelock import FileLock
from brian2.utils.logger import get_logger

from brian2_l2l.errors import TrainingError

logger = get_logger(__name__)

PROGRAM = "main"
SOURCES = (".cpp", ".h", "makefile")


def compile_project(folder: Path, shared: Path | None, label: str) -> None:
    """Generate the code of the device's network into a folder, and compile it.

    Parameters
    ----------
    folder : Path
        Of this process.
    shared : Path, optional
        For all processes of a run: one of them compiles, the others copy the program.
    label : str
        The same for what should be the same network in all of them.

    Raises
    ------
    TrainingError
        If it cannot be compiled.
    """
    if os.name == "nt":
        # Brian2 looks for the compiler of Visual Studio itself.
        cpp_standalone_device.build(directory=str(folder), run=False, with_output=False)
        return
    cpp_standalone_device.build(directory=str(folder), compile=False, run=False)
    if shared is None:
        _make(folder)
        return
    # Another worker may have removed it when it was dismissed.
    shared.mkdir(parents=True, exist_ok=True)
    _warn_of_difference(folder, shared / _number_of(label.encode()))
    kept = shared / _digest(folder, SOURCES)
    # The lock of a process that is killed is free.
    with FileLock(f"{kept}.lock"):
        if not kept.exists():
            _make(folder)
            partial = kept.with_suffix(".partial")
            shutil.copy2(folder / PROGRAM, partial)
            os.replace(partial, kept)
            return
    shutil.copy2(kept, folder / PROGRAM)


def _make(folder: Path) -> None:
    standalone = prefs.devices.cpp_standalone
    command = " ".join([standalone.make_cmd_unix, *standalone.extra_make_args_unix])
    done = subprocess.run(command, shell=True, cwd=folder, capture_output=True, text=True)
    if done.returncode:
        raise TrainingError(
            f"The C++ program of the network cannot be compiled: {command!r} in {folder} ended "
            f"with exit code {done.returncode} and said:\n{done.stderr[-2000:]}"
        )


def _warn_of_difference(folder: Path, noted: Path) -> None:
    """Warn if the network is not the one that another process has noted in a file."""
    mine = f"{_digest(folder, SOURCES)} {_digest(folder / 'static_arrays', ('',))}"
    with FileLock(f"{noted}.lock"):
        if not noted.exists():
            noted.write_text(mine)
    if noted.read_text() != mine:
        logger.warn(
            "The network of this process is not that of another one, so results depend on who "
            "evaluates. Give a seed to the random generators that build() makes.",
            name_suffix="difference",
        )


def _digest(folder: Path, endings: tuple[str, ...]) -> str:
    """Return a name for what is in the files of a folder, on this machine."""
    content = [platform.node().encode()]
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name.endswith(endings):
            content += [str(path.relative_to(folder)).encode(), path.read_bytes()]
    return _number_of(*content)


def _number_of(*content: bytes) -> str:
    digest = hashlib.sha256()
    for one in content:
        digest.update(len(one).to_bytes(8) + one)
    return digest.hexdigest()[:32]
