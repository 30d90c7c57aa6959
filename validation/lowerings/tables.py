"""What came of the networks, as text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from validation.writing import columns

from .judge import COMPARED, CONDITION, NOT_COVERED, WAYS, WRONG, Judged

__all__ = ["complaints", "differences_table", "kinds_table"]

#: The largest relative differences of values and gradients in double precision.
VALUES, GRADIENTS = 1e-7, 1e-9
#: The same of gradients in single precision, where this is at least so good by itself.
SINGLE, WORSE = 1e-3, 10.0
#: A network with fewer spikes says little.
FEW_SPIKES = 10
SHARES = (0.5, 0.9, 1.0)


def complaints(found: Sequence[Judged]) -> list[str]:
    """List the networks on which the lowerings differ."""
    wrong = [f"network {one.index} {one.kind}: {one.reason}" for one in found if one.kind in WRONG]
    for one in found:
        for name, seen in one.differences.items():
            if name == CONDITION:
                continue
            text = f"network {one.index}, {name}: {seen}"
            if name != "float32":
                right = seen.spikes == 0 and seen.values <= VALUES and seen.gradients <= GRADIENTS
            else:
                # Where spikes are others in single precision, so is all that follows from them.
                allowed = max(SINGLE, WORSE * one.differences[CONDITION].gradients)
                right = seen.spikes > 0 or seen.gradients <= allowed
            wrong += [] if right else [text]
    return wrong


def kinds_table(found: Sequence[Judged]) -> str:
    """Count what came of the networks, and why some are not covered."""
    kinds = Counter(one.kind for one in found)
    compared = [one for one in found if one.kind == COMPARED]
    spiking = sum(one.spikes > FEW_SPIKES for one in compared)
    lines = [f"{number:6} {kind}" for kind, number in kinds.most_common()]
    lines += [
        "",
        f"Compared are {sum(one.gradients for one in compared)} gradients; {spiking} networks have "
        f"more than {FEW_SPIKES} spikes.",
        "",
        "Not covered:",
    ]
    reasons = Counter(one.reason for one in found if one.kind == NOT_COVERED)
    return "\n".join(
        [*lines, *(f"{number:6} {reason}" for reason, number in reasons.most_common())]
    )


def differences_table(found: Sequence[Judged]) -> str:
    """Make a table of the differences: other spikes, and shares of the networks below a value."""
    heads = [f"{share:.0%} below" for share in SHARES]
    lines = [("", "other spikes", "values,", *heads[1:], "gradients,", *heads[1:])]
    compared = [one for one in found if one.kind == COMPARED]
    for name in (*WAYS, CONDITION):
        seen = [one.differences[name] for one in compared]
        same = [one for one in seen if one.spikes == 0]
        cells = [
            f"{np.quantile([getattr(one, kind) for one in same], share):.1e}" if same else "-"
            for kind in ("values", "gradients")
            for share in SHARES
        ]
        lines.append((name, f"{len(seen) - len(same)} of {len(seen)}", *cells))
    return columns(lines)
