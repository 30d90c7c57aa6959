"""What is said of weights: in their files, and on the screen."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["FORMAT", "line"]

#: What the files of weights say of themselves.
FORMAT = "brian2_l2l recipe 1"


def line(name: str, scores: Mapping[str, float]) -> str:
    """Return scores as a line."""
    return f"{name}: " + ", ".join(f"{key} {value:.4f}" for key, value in scores.items())
