"""What programs of Brian2CUDA need."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from brian2 import prefs

from brian2_l2l_plugins.l2l.evolution.standalone.device import SEED_VARIABLE

__all__ = ["CUDA_SEED_CODE", "is_cuda", "newest_cuda"]

#: C++ that seeds all generators.
CUDA_SEED_CODE = f"""
if (const char* _l2l_seed = getenv("{SEED_VARIABLE}"))
    random_number_buffer.set_seed(strtoull(_l2l_seed, NULL, 10));
"""

#: From this version on, the headers of CUDA need the standard below; Brian2CUDA asks for C++11.
NEWEST, STANDARD = 13, "-std=c++17"

FLAGS = (
    "codegen.cpp.extra_compile_args_gcc",
    "devices.cuda_standalone.cuda_backend.extra_compile_args_nvcc",
)


def is_cuda(device: Any) -> bool:
    """Tell whether a device is that of Brian2CUDA."""
    return type(device).__name__ == "CUDAStandaloneDevice"


@contextmanager
def newest_cuda() -> Iterator[None]:
    """Compile by a newer standard of C++ for a while, where CUDA needs it."""
    from brian2cuda.utils.gputools import get_cuda_runtime_version

    before = {name: prefs[name] for name in FLAGS}
    if get_cuda_runtime_version() >= NEWEST:
        for name, flags in before.items():
            prefs[name] = [*(flag for flag in flags if not flag.startswith("-std=")), STANDARD]
    try:
        yield
    finally:
        for name, flags in before.items():
            prefs[name] = flags
