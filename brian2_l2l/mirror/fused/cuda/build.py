"""How nvcc compiles a program."""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from brian2.core.preferences import prefs

import brian2_l2l.prefs  # noqa: F401  registers the preferences that are read here

from ....errors import CompilerMissingError
from ..compiler import Build, find_program

__all__ = ["CudaBuild", "find_nvcc"]

FLAGS = ("-std=c++17", "-O3", "-shared", "-Xcompiler", "-fPIC", "--expt-relaxed-constexpr")


@dataclass(frozen=True)
class CudaBuild(Build):
    """
    How to compile a program for CUDA.

    Parameters
    ----------
    architecture : str
        Of the device, such as ``'sm_80'``.
    """

    architecture: str = "sm_80"

    suffix = ".cu"

    def find(self) -> tuple[str, ...]:
        """Return the command of the compiler."""
        return find_nvcc()

    def more(self, version: str) -> tuple[str, ...]:
        """Return the flags that depend on what the compiler says of itself."""
        return ()

    @property
    def flags(self) -> tuple[str, ...]:
        """The flags for the compiler, without those for the files."""
        # In double precision spikes are compared with those of the plain lowering.
        fused = "-fmad=false" if self.double else "-fmad=true"
        return (*FLAGS, f"-arch={self.architecture}", fused)


def find_nvcc() -> tuple[str, ...]:
    """
    Return the command of nvcc: the preference ``l2l.nvcc``, or one that is found.

    It is looked for on the PATH, in $CUDA_HOME, and among the packages of Python, where the extra
    ``nvcc`` brings one.

    Raises
    ------
    CompilerMissingError
        If there is none.
    """
    home = os.environ.get("CUDA_HOME") or "/usr/local/cuda"
    asked = prefs["l2l.nvcc"]
    found = find_program(asked, ("nvcc", str(Path(home, "bin/nvcc")), *_of_packages()))
    if found:
        return found
    what = f"{asked!r} is not a program" if asked.strip() else "no nvcc on the PATH"
    raise CompilerMissingError(
        f"There is no compiler for CUDA ({what}): install the CUDA toolkit, or its compiler alone "
        "by pip install 'brian2_l2l[nvcc]', or name one: prefs.l2l.nvcc = '/path/to/nvcc'"
    )


def _of_packages() -> list[str]:
    packages = find_spec("nvidia")
    folders = packages.submodule_search_locations if packages else None
    found = (path for folder in folders or () for path in Path(folder).glob("*/bin/nvcc"))
    # The newest comes first.
    return sorted(map(str, found), reverse=True)
