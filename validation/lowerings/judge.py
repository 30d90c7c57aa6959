"""Compare the two lowerings on one random network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch
from brian2 import BrianLogger, ms, prefs

from brian2_l2l.errors import MirrorError
from brian2_l2l.mirror.fused.coverage import REASONS
from brian2_l2l_plugins.threads import torch_threads

from .differences import Difference, difference
from .networks import RandomNetwork, random_networks
from .running import Tensors, count_spikes, run_lowered

__all__ = ["Judged", "WAYS", "ended", "judge", "runner"]

DURATION, STEPS = 10 * ms, 100
#: What came of a network.
COMPARED, NOT_COVERED, NOT_TAKEN = "compared", "not covered", "not taken by Brian2"
ENDS_ALIKE, NO_DERIVATIVE = "both end with the same error", "torch has no derivative"
ENDS_OTHERWISE, CRASHED = "ends with another error", "crashed"
WRONG = (ENDS_OTHERWISE, CRASHED)


@dataclass(frozen=True)
class Way:
    """
    One way to run the fused lowering.

    Attributes
    ----------
    threads : int
        There are three trials, so that two do not divide them.
    options : mapping
        Of `brian2_l2l.mirror`.
    """

    threads: int = 1
    options: Mapping[str, Any] = field(default_factory=dict)


SINGLE = {"dtype": torch.float32}
#: The way that is tried first, which says whether a network is covered.
FIRST = "1 thread"
#: By name; those in single precision are compared with the plain lowering in single precision.
WAYS = {
    FIRST: Way(),
    "2 threads": Way(2),
    **{f"checkpoint={n}": Way(2, {"checkpoint": n}) for n in (1, 7, STEPS)},
    "checkpoint='auto'": Way(2, {"checkpoint": "auto"}),
    "float32": Way(2, SINGLE),
}
#: How far the plain lowering in single precision is from that in double precision.
CONDITION = "plain float32, from plain float64"


@dataclass(frozen=True)
class Judged:
    """
    What came of a network.

    Attributes
    ----------
    index : int
    kind, reason : str
    spikes, gradients : int
        Of the plain lowering; how many there are.
    differences : dict
        A `Difference` for each name of `WAYS`.
    """

    index: int
    kind: str
    reason: str = ""
    spikes: int = 0
    gradients: int = 0
    differences: dict[str, Difference] = field(default_factory=dict)


def judge(seed: int, index: int) -> Judged:
    """
    Compare the lowerings on one network.

    Parameters
    ----------
    seed, index : int
        They determine the network.
    """
    prefs.codegen.target = "numpy"
    BrianLogger.suppress_name("resolution_conflict")
    for _, network in random_networks(seed, [index]):
        return _judge(index, network)
    return Judged(index, NOT_TAKEN)


def runner(network: RandomNetwork) -> Callable[..., tuple[Tensors, Tensors]]:
    """Give what runs a network with all its records and parameters, by ``lowering=`` and more."""
    return partial(
        run_lowered,
        network.net,
        duration=DURATION,
        keys=network.keys,
        trainable=network.trainable,
        namespace=network.namespace,
    )


def _judge(index: int, network: RandomNetwork) -> Judged:
    run = runner(network)
    try:
        first = _fused(run, WAYS[FIRST])
    except Exception as error:
        return ended(index, error, run)
    try:
        plain = run(lowering="plain")
    except RuntimeError as error:
        kind = NO_DERIVATIVE if "derivative for" in str(error) else ENDS_OTHERWISE
        return Judged(index, kind, str(error)[:300])
    single = run(lowering="plain", **SINGLE)
    differences = {CONDITION: difference(plain, single), FIRST: difference(plain, first)}
    for name, way in WAYS.items():
        if name != FIRST:
            expected = single if way.options is SINGLE else plain
            differences[name] = difference(expected, _fused(run, way))
    return Judged(index, COMPARED, "", count_spikes(plain[0]), len(plain[1]), differences)


def _fused(run: Callable, way: Way) -> tuple[Tensors, Tensors]:
    with torch_threads(way.threads):
        return run(lowering="fused", **way.options)


def ended(index: int, error: Exception, run: Callable) -> Judged:
    """
    Tell what it means that the fused lowering ended with an error.

    Parameters
    ----------
    index : int
    error : Exception
    run : callable
        That of `runner`.
    """
    if isinstance(error, MirrorError) and "does not cover" in str(error):
        known = (text for text in REASONS.values() if text in str(error))
        return Judged(index, NOT_COVERED, next(known, str(error)[:300]))
    try:
        run(lowering="plain")
    except Exception as other:
        # Some networks end in Brian2 as well, with an index that lies outside of an array.
        kind = ENDS_ALIKE if type(other) is type(error) else ENDS_OTHERWISE
        return Judged(index, kind, f"{error!r:.200} and {other!r:.200}")
    return Judged(index, ENDS_OTHERWISE, f"{error!r:.300}")
