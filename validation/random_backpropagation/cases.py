"""What is compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from brian2 import ms, mV

from . import HIDDEN

__all__ = ["CASES", "GROUPS", "Case"]

#: For many epochs, with the steps and gates of the example.
LONG = {"batch_size": 20, "long": True}
#: For weights of few bits, and for the same without.
ROBUST = {"batch_size": 10, "robust": True}


@dataclass(frozen=True)
class Case:
    """
    One way to learn.

    Attributes
    ----------
    name, group : str
    building : mapping
        For ``make_presenter`` of the example, or for the networks in torch.
    device : str
        Where it runs: ``'mirror'``, ``'cpp_standalone'`` or ``'torch'`` (with gradients).
    epochs : int
        How often all digits are shown.
    shifted : bool
        Whether the digits that are learned are shifted a little, each time otherwise.
    """

    name: str
    group: str
    building: Mapping[str, Any] = field(default_factory=dict)
    device: str = "mirror"
    epochs: int = 1
    shifted: bool = False

    @property
    def hidden(self) -> int:
        """The number of neurons of the first hidden layer."""
        return self.building.get("hidden", (HIDDEN,))[0]


CASES = (
    Case("one at a time", "online", {"batch_size": 1}),
    Case("10 side by side", "batches", {"batch_size": 10}),
    Case("100 side by side", "batches", {"batch_size": 100}),
    *(
        Case(
            f"{batch} side by side, {size:g} mV", "sizes", {"batch_size": batch, "rate": size * mV}
        )
        for batch in (10, 100)
        for size in (2, 6, 20)
    ),
    Case("background noise", "controls", {"batch_size": 10, "noise": True}),
    Case("symmetric feedback", "controls", {"batch_size": 10, "symmetric": True}),
    Case("not rounded", "bits", ROBUST),
    *(Case(f"{bits} bits", "bits", {**ROBUST, "bits": bits}) for bits in (16, 8, 6, 5, 4, 3, 2)),
    *(
        Case(f"steps of {step:g} ms", "steps", {"batch_size": 10, "step": step * ms})
        for step in (0.5, 2, 2.5, 5)
    ),
    Case("C++ standalone", "standalone", {}, "cpp_standalone"),
    Case("C++ standalone, 0.1 ms", "fine", {"step": 0.1 * ms}, "cpp_standalone"),
    Case("long", "long", LONG, epochs=8),
    Case("long, 500, shifted", "large", {**LONG, "hidden": (500,)}, epochs=8, shifted=True),
    *(
        Case(f"{name}{more}", "gradients", {"random": random, "long": bool(more)}, "torch", epochs)
        for more, epochs in (("", 1), (", long", 8))
        for name, random in (("backpropagation", False), ("random feedback", True))
    ),
)

#: What the command line can ask for.
GROUPS = tuple(dict.fromkeys(case.group for case in CASES))
