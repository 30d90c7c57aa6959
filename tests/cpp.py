"""C++ programs in tests: they are compiled for a fraction of the time that users' take."""

import atexit
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from brian2 import prefs

FLAGS = ("-w", "-O0", "-std=c++11")
#: What most files of a program begin with; to read it takes most of the time of the compiler.
LIBRARY = (
    "algorithm climits cmath cstdlib ctime fstream iostream iterator limits map random set string "
    "tuple utility vector"
)


@cache
def library() -> Path:
    """Return a header with the standard library, which g++ with `FLAGS` takes as compiled before.

    Other compilers read its text.
    """
    folder = tempfile.TemporaryDirectory(prefix="brian2_l2l-tests-")
    atexit.register(folder.cleanup)
    header = Path(folder.name, "library.h")
    header.write_text("".join(f"#include <{name}>\n" for name in LIBRARY.split()))
    made = ["-x", "c++-header", str(header), "-o", f"{header}.gch"]
    subprocess.run(["g++", *FLAGS, *made], check=False)
    return header


def compile_quickly():
    """Let the C++ compiler take less time; the preferences go to workers too."""
    # The header is in one piece with its flag, as Brian2 tries every flag alone.
    prefs.codegen.cpp.extra_compile_args_gcc = [*FLAGS, f"-include{library()}"]
