"""Read the argument ``shared`` of `mirror`: variables of which all trials have one together.

What one trial changes, the next one meets, as if their events were those of one network. So a rule
that keeps a variable in its bounds, or on a grid, does so for any batch.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from brian2 import Synapses

from ..errors import MirrorError
from ..spec.refusals import origin_of
from .initial import check_settable
from .live import LiveNetwork
from .lookup import Lookup

__all__ = ["read_shared", "refuse_gradients"]

#: What a change by one trial counts.
COUNTS = ("sum", "mean")


def read_shared(shared, live: LiveNetwork, trainable, fidelity: str) -> dict[str, str]:
    """Return what a change of each shared array counts, by array.

    Parameters
    ----------
    shared : sequence or mapping
        ``(synapses, 'variable')``; or of each what a change counts, ``'sum'`` or ``'mean'``.
    live : LiveNetwork
    trainable, fidelity
        Of the mirror.

    Raises
    ------
    MirrorError
        If an entry is no variable of synapses that events change, and nothing else; or the mirror
        shall also train, or be compared with Brian2.
    """
    _check_mirror(shared, trainable, fidelity)
    lookup = Lookup(live, live.spec)
    counts = shared if isinstance(shared, Mapping) else dict.fromkeys(shared, "sum")
    found = {_array(key, lookup): _count(key, count) for key, count in counts.items()}
    for array, count in found.items():
        if count == "mean" and live.spec.arrays[array].kind != "float":
            raise MirrorError(f"'{array}' has whole numbers, which have no 'mean'. Write 'sum'.")
    return found


def _check_mirror(shared, trainable, fidelity: str) -> None:
    if shared and trainable:
        raise MirrorError(
            "A mirror with shared= learns by its own synapses, without gradients. Leave out "
            "trainable=, or make two mirrors."
        )
    if shared and fidelity == "conformance":
        raise MirrorError(
            "fidelity='conformance' is to be Brian2's own run, in which no trials share anything. "
            "Leave out shared=, or write fidelity='training'."
        )


def _count(key, count: str) -> str:
    if count not in COUNTS:
        raise MirrorError(f"shared={{{key!r}: {count!r}}}: write 'sum' or 'mean'.")
    return count


def _array(key, lookup: Lookup) -> str:
    if not isinstance(key, tuple) or len(key) != 2:
        raise MirrorError(f"shared holds {key!r}: write (synapses, 'variable').")
    role = f"The shared variable ({getattr(key[0], 'name', key[0])!r}, {key[1]!r})"
    group = lookup.group(key[0], role)
    place = lookup.place(group, key[1], role)
    if not isinstance(group, Synapses) or place is None or group.variables[key[1]].scalar:
        raise MirrorError(
            f"{role} is not stored for each synapse, or not used. Only variables of Synapses that "
            f"their events change can be shared.\nCreated here:\n{origin_of(group)}"
        )
    check_settable(place.array, role, lookup)
    _check_writers(place.array, role, lookup)
    return place.array


def _check_writers(array: str, role: str, lookup: Lookup) -> None:
    writers = lookup.spec.writers(array)
    if not writers:
        raise MirrorError(f"{role} is changed by nothing, so that all trials have it anyway.")
    for block in writers:
        own = all(ref.index == "_idx" for ref in block.arrays.values() if ref.array == array)
        if block.template != "synapses" or not own:
            raise MirrorError(
                f"{role} is changed by '{block.name}', in each trial for itself. Of what trials "
                "share, only on_pre, on_post and other pathways of the synapses may change it. "
                f"\nCreated here:\n{block.origin}"
            )


def refuse_gradients(graded: frozenset[str]) -> None:
    """Refuse values with a gradient in a run where trials share what they change.

    Raises
    ------
    MirrorError
        If there are any.
    """
    if graded and torch.is_grad_enabled():
        raise MirrorError(
            f"{', '.join(sorted(graded))} would need a gradient, which does not go through what "
            "trials share. Write inputs.detach(), or run the mirror under torch.no_grad()."
        )
