"""What the numbers were measured on and with."""

import os
import platform
import shlex
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import torch


def describe_machine(device: str = "cpu") -> dict:
    """
    Give the processor, its number of cores, the load, and a device with CUDA if one is used.

    Parameters
    ----------
    device : {'cpu', 'cuda'}
    """
    return {
        "graphics": torch.cuda.get_device_name() if device == "cuda" else None,
        "processor": _processor(),
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "load": os.getloadavg() if hasattr(os, "getloadavg") else None,
    }


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor()


def package_versions(packages: Sequence[str]) -> dict[str, str]:
    """Give the versions of installed packages by name."""
    found = {}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def command_line() -> str:
    """Give the command that was typed; of a folder of this machine, its name alone."""
    typed = [Path(word).name if os.path.isabs(word) else word for word in sys.argv[1:]]
    return shlex.join(["python", "-m", "validation", *typed])
