"""C++ standalone in tests."""

from brian2 import prefs


def compile_quickly():
    """Let the C++ compiler take less time; the preferences go to workers too."""
    prefs.codegen.cpp.extra_compile_args_gcc = ["-w", "-O0", "-std=c++11"]
