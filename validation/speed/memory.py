"""The memory of this process, in MB; nothing where it cannot be measured."""

from pathlib import Path
from typing import Protocol

import torch

STATUS = Path("/proc/self/status")


class Memory(Protocol):
    """The memory of a device that this process uses."""

    def used(self) -> float | None:
        """Give what is in use now."""

    def peak(self) -> float | None:
        """Give the most that was in use since `reset_peak`."""

    def reset_peak(self) -> None:
        """Let the most begin anew, at what is in use now."""


class Resident:
    """The resident size of the process; nothing where the system is not Linux."""

    def used(self) -> float | None:
        """Give the resident size now."""
        return self._read("VmRSS")

    def peak(self) -> float | None:
        """Give the highest resident size since `reset_peak`."""
        return self._read("VmHWM")

    def reset_peak(self) -> None:
        """Let the highest resident size begin anew, at the present size."""
        if STATUS.exists():
            Path("/proc/self/clear_refs").write_text("5")

    def _read(self, name: str) -> float | None:
        if not STATUS.exists():
            return None
        lines = (line.split() for line in STATUS.read_text().splitlines())
        return next(int(words[1]) / 1024 for words in lines if words[0] == f"{name}:")


class Allocated:
    """What torch has taken of a device with CUDA; nothing where another library computes."""

    def used(self) -> float | None:
        """Give the size of all tensors now."""
        return torch.cuda.memory_allocated() / 2**20 or None

    def peak(self) -> float | None:
        """Give the largest size of all tensors since `reset_peak`."""
        return torch.cuda.max_memory_allocated() / 2**20

    def reset_peak(self) -> None:
        """Let the largest size begin anew."""
        torch.cuda.reset_peak_memory_stats()


def memory_of(device: str) -> Memory:
    """
    Give the memory of a device.

    Parameters
    ----------
    device : {'cpu', 'cuda'}
    """
    return Allocated() if device == "cuda" else Resident()
