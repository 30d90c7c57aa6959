"""C++ programs in tests: they are compiled for a fraction of the time that users' take."""

import atexit
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from brian2 import prefs

#: What most files of a program begin with; to read it takes most of the time of the compiler.
LIBRARY = (
    "algorithm climits cmath cstdint cstdlib cstring ctime fstream iostream iterator limits map "
    "mutex new random set string thread tuple type_traits utility vector"
)


@cache
def with_library(*flags: str) -> tuple[str, ...]:
    """Return flags of g++, and those that give it the standard library as compiled before.

    Other compilers, and g++ with other flags, read the same text again.
    """
    folder = tempfile.TemporaryDirectory(prefix="brian2_l2l-tests-")
    atexit.register(folder.cleanup)
    header = Path(folder.name, "library.h")
    header.write_text("".join(f"#include <{name}>\n" for name in LIBRARY.split()))
    made = ["-x", "c++-header", str(header), "-o", f"{header}.gch"]
    subprocess.run(["g++", *flags, *made], check=False)
    # In one piece, as Brian2 tries every flag alone.
    return (*flags, f"-include{header}")


def compile_quickly():
    """Let the C++ compiler take less time; the preferences go to workers too."""
    prefs.codegen.cpp.extra_compile_args_gcc = list(with_library("-w", "-O0", "-std=c++11"))
