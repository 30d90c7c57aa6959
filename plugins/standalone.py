"""What C++ standalone needs: a compiler, and a process of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from brian2_l2l.errors import L2LError

__all__ = ["StandaloneError", "check_compiler", "check_ended", "command", "run_process"]


class StandaloneError(L2LError):
    """C++ standalone could not be run; says why."""


def check_compiler() -> None:
    """Raise `StandaloneError` unless there is what Brian2 builds C++ programs with."""
    if os.name == "nt":
        # Brian2 looks for the compiler of Visual Studio itself.
        return
    tools = (os.environ.get("CXX", "g++"), "make")
    missing = [tool for tool in tools if shutil.which(tool.split()[0]) is None]
    if missing:
        raise StandaloneError(
            f"C++ standalone was not run: this machine has no {' and no '.join(missing)}. Install "
            "a C++ compiler and make."
        )


def command(module: str, *arguments: object) -> list[str]:
    """Return the command that runs a module with this interpreter."""
    return [sys.executable, "-m", module, *map(str, arguments)]


def check_ended(code: int) -> None:
    """Raise `StandaloneError` if a process has ended with a code other than 0."""
    if code:
        raise StandaloneError(
            f"C++ standalone was not run: its process ended with exit code {code}, with the "
            "messages above."
        )


def run_process(module: str, *arguments: object) -> None:
    """Run a module as a process of its own, and raise `StandaloneError` if it fails."""
    check_ended(subprocess.run(command(module, *arguments), check=False).returncode)
