"""C++ programs in tests: they are compiled for a fraction of the time that users' take."""

import atexit
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from brian2 import prefs

from brian2_l2l.mirror.fused.compiler import OPTIMISATION, Build

FLAGS = ("-w", "-O0", "-std=c++11")
#: What most files of a program begin with; to read it takes most of the time of the compiler.
LIBRARY = (
    "algorithm climits cmath cstdlib ctime fstream iostream iterator limits map random set string "
    "tuple utility vector"
)


#: What the programs of mirrors begin with.
PROGRAMS = "algorithm atomic cmath cstdint cstdlib cstring limits mutex new thread utility vector"

flags_of_users = Build.flags.fget


@cache
def library(compiler: tuple[str, ...], flags: tuple[str, ...], names: str) -> Path:
    """Return a header with the standard library, which a compiler takes as compiled before.

    Other compilers, and those with other flags, read its text.
    """
    folder = tempfile.TemporaryDirectory(prefix="brian2_l2l-tests-")
    atexit.register(folder.cleanup)
    header = Path(folder.name, "library.h")
    header.write_text("".join(f"#include <{name}>\n" for name in names.split()))
    made = ["-x", "c++-header", str(header), "-o", f"{header}.gch"]
    subprocess.run([*compiler, *flags, *made], check=False)
    return header


def quick_flags(build: Build) -> tuple[str, ...]:
    """Return flags for a program of a mirror, with which it takes a third of the time."""
    flags, compiler = flags_of_users(build), build.find()
    if build.sanitize:
        return flags
    quick = tuple("-O0" if flag == OPTIMISATION else flag for flag in flags)
    header = library(compiler, (*quick, *build.more(_version(compiler))), PROGRAMS)
    return (*quick, f"-include{header}")


@cache
def _version(compiler: tuple[str, ...]) -> str:
    asked = [*compiler, "--version"]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout


def compile_quickly():
    """Let the C++ compiler take less time; the preferences go to workers too."""
    header = library(("g++",), FLAGS, LIBRARY)
    # The header is in one piece with its flag, as Brian2 tries every flag alone.
    prefs.codegen.cpp.extra_compile_args_gcc = [*FLAGS, f"-include{header}"]
