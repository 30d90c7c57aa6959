"""What must not change between a checkpoint and the run that resumes it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from functools import partial
from numbers import Real
from typing import Any

import numpy as np
import torch
from brian2 import Quantity

from brian2_l2l.errors import TrainingError


def describe(value: Any) -> str:
    """Return a text that is the same for the same setting, in every process."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {describe(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(describe, value)) + "]"
    if isinstance(value, Real) and not isinstance(value, bool):
        return repr(float(value))
    if value is None or isinstance(value, str | bool):
        return repr(value)
    if isinstance(value, partial):
        return f"{describe(value.func)} with {describe(value.keywords)}"
    if isinstance(value, Quantity):
        # Its repr rounds.
        return f"{describe(np.asarray(value).tolist())} {value.dim}"
    if isinstance(value, np.ndarray | torch.Tensor):
        return describe(value.tolist())
    # The repr of a function or of an object holds its address.
    return str(getattr(value, "name", None) or getattr(value, "__qualname__", type(value).__name__))


def describe_network(source: str, constants: Mapping[str, np.ndarray]) -> str:
    """Return a short text that differs for other equations, constants or sizes.

    Parameters
    ----------
    source, constants
        Those of the mirror.
    """
    # Processors differ in the last digits of exp() and the like.
    rounded = re.sub(r"\d+\.\d+(e[-+]?\d+)?", lambda number: f"{float(number[0]):.9g}", source)
    found = hashlib.sha256(rounded.encode())
    for values in constants.values():
        found.update(values.astype(np.float32).tobytes())
    return found.hexdigest()[:12]


def check_same(saved: Mapping[str, str], given: Mapping[str, str], path: Any) -> None:
    """Raise `TrainingError` if a setting differs from the one in the checkpoint at `path`."""
    differing = [
        f"{name} is {given.get(name, 'missing')} and was {saved.get(name, 'missing')}"
        for name in sorted({*saved, *given})
        if saved.get(name) != given.get(name)
    ]
    if differing:
        raise TrainingError(
            f"Cannot resume from {path}, because settings differ: {'; '.join(differing)}. Give the "
            "settings of the checkpoint, or start anew with resume=False."
        )
