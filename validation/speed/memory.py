"""The memory of this process, in MB; nothing where the system is not Linux."""

from pathlib import Path

STATUS = Path("/proc/self/status")


def resident() -> float | None:
    """Give the resident size now."""
    return _read("VmRSS")


def peak() -> float | None:
    """Give the highest resident size since `reset_peak`."""
    return _read("VmHWM")


def reset_peak() -> None:
    """Let the highest resident size begin anew, at the present size."""
    if STATUS.exists():
        Path("/proc/self/clear_refs").write_text("5")


def _read(name: str) -> float | None:
    if not STATUS.exists():
        return None
    lines = (line.split() for line in STATUS.read_text().splitlines())
    return next(int(words[1]) / 1024 for words in lines if words[0] == f"{name}:")
