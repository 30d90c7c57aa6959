"""The function `mirror`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import torch
from brian2.core.magic import magic_network
from brian2.core.namespace import get_local_namespace
from brian2.core.network import Network
from brian2.units.fundamentalunits import Quantity

from .. import plugins
from ..errors import MirrorError, did_you_mean
from ..prefs import LOWERINGS
from ..spec.recorder import record
from ..spec.specify import ArrayNames, specify
from ..surrogates import Surrogate
from .capabilities import check_device
from .gates import SpikeFunction
from .live import LiveNetwork
from .lookup import name_of
from .network_mirror import Mirror
from .sharing import read_shared
from .surrogate_functions import surrogate_functions
from .target import Target

__all__ = ["mirror"]

FIDELITIES = ("training", "conformance")


def mirror(
    network: Network | None = None,
    trainable: Sequence = (),
    batch_size: int = 1,
    *,
    shared: Sequence | Mapping = (),
    surrogate: str | Surrogate | Mapping = "triangular",
    surrogate_scale: str | Quantity | float | Mapping = "threshold",
    detach_reset: bool = False,
    fidelity: str = "training",
    dtype: torch.dtype | None = None,
    device: str | torch.device = "cpu",
    checkpoint: int | str | None = None,
    lowering: str | None = None,
    smooth: bool = False,
    namespace: Mapping | None = None,
    level: int = 0,
) -> Mirror:
    """Make a batched, differentiable PyTorch program of a Brian2 network.

    Parameters
    ----------
    network : Network, optional
        By default all that ``run`` would simulate. It can be run in Brian2 as before.
    trainable : sequence of tuple or Trainable
        ``(object, 'variable')``: parameters of groups and synapses with real values.
    batch_size : int
        The number of trials of a run whose inputs do not tell.
    shared : sequence or mapping, optional
        ``(synapses, 'variable')``: what events change, and all trials have together; or of each
        what a change counts, ``'sum'`` or ``'mean'`` over the batch.
    surrogate, surrogate_scale
        A `Surrogate` or its name, and what the distance to threshold is divided by: a width, or
        ``'threshold'`` for its magnitude; or by group, where ``''`` stands for all others.
    fidelity, dtype, device
        ``'training'``: matrix products in `dtype`, which is float32 unless given;
        ``'conformance'``: the values of Brian2's numpy target to the bit.
    checkpoint : int or 'auto', optional
        Keep so many steps for the backward pass and compute the others again (default: fastest).
    lowering : {'auto', 'plain', 'fused'}, optional
        In C++ where it can be; in torch; in C++. By default the preference ``l2l.lowering``.
    detach_reset, smooth : bool
        Whether the spike is left out of the gradient of a reset; and whether spikes are the
        surrogate's antiderivative, to check gradients.
    namespace, level
        As for ``Network.run``.

    Raises
    ------
    UnsupportedModelError, MirrorError
        If the network has a construct that cannot be mirrored, or an argument does not fit.
    """
    _check_running(batch_size, checkpoint, lowering)
    target = _target(fidelity, dtype, device, detach_reset, smooth)
    namespace = get_local_namespace(level=level + 1) if namespace is None else namespace
    live = _record(magic_network if network is None else network, namespace, level + 1)
    check_device(target.device, target.dtype, live.spec)
    spikes = _spikes(surrogate, surrogate_scale, smooth, live)
    target = replace(target, spikes=spikes, shared=read_shared(shared, live, trainable, fidelity))
    return Mirror(live, target, namespace, trainable, batch_size, checkpoint, lowering)


def _target(fidelity, dtype, device, detach_reset: bool, smooth: bool) -> Target:
    _check_choice("fidelity", fidelity, FIDELITIES)
    exact = fidelity == "conformance"
    device = torch.device(device)
    dtype = dtype or (torch.float64 if exact else torch.float32)
    if dtype not in (torch.float32, torch.float64):
        raise MirrorError(f"dtype={dtype!r}: write torch.float32 or torch.float64.")
    if exact and (device.type != "cpu" or dtype != torch.float64):
        raise MirrorError(
            f"fidelity='conformance' is for the CPU in float64, not for {device} in {dtype}. Use "
            "fidelity='training' there."
        )
    return Target(
        exact=exact,
        differentiable=True,
        dtype=dtype,
        device=device,
        detach_reset=detach_reset,
        smooth=smooth,
    )


def _check_choice(name: str, value, choices: Sequence[str]) -> None:
    if value not in choices:
        raise MirrorError(
            f"{name}={value!r} is not known.{did_you_mean(str(value), choices)} Choose "
            f"from: {', '.join(map(repr, choices))}."
        )


def _check_running(batch_size, checkpoint, lowering) -> None:
    if lowering is not None:
        _check_choice("lowering", lowering, LOWERINGS)
    for name, value in (("batch_size", batch_size), ("checkpoint", checkpoint)):
        if name == "checkpoint" and value in (None, "auto"):
            continue
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise MirrorError(f"{name}={value!r} must be an integer of 1 or more.")


def _record(network: Network, namespace: Mapping, level: int) -> LiveNetwork:
    if not isinstance(network, Network):
        raise MirrorError(
            f"network={network!r} is no Network. Write Network(...) of the objects, or None for "
            "all that are visible here."
        )
    if network is magic_network:
        network._update_magic_objects(level=level + 1)
    for clock in {obj.clock for obj in network.sorted_objects}:
        clock.set_interval(network.t, network.t)
    recording = record(network, namespace)
    names = ArrayNames()
    live = LiveNetwork(recording, names, specify(recording, names))
    if network is magic_network:
        # As after a run: the magic network does not keep its objects alive.
        network.objects.clear()
    return live


def _spikes(surrogate, scale, smooth: bool, live: LiveNetwork) -> dict[str, SpikeFunction]:
    groups = {name.partition(".")[0] for name in live.event_arrays}
    surrogates, scales = _by_group(surrogate, groups), _by_group(scale, groups)
    found = {}
    for name in {*surrogates, *scales}:
        chosen = surrogates.get(name, surrogates.get("", "triangular"))
        chosen = plugins.resolve("surrogates", chosen)
        width = _width(scales.get(name, scales.get("", "threshold")))
        found[name] = SpikeFunction(*surrogate_functions(chosen), width, smooth, chosen)
    return found


def _by_group(option, groups: set[str]) -> dict[str, object]:
    if not isinstance(option, Mapping):
        return {"": option}
    named = {name_of(key): value for key, value in option.items()}
    for name in named:
        if name and name not in groups:
            raise MirrorError(
                f"The mirrored network has no group {name!r} that spikes."
                f"{did_you_mean(str(name), groups)} It has: {', '.join(sorted(groups))}."
            )
    return named


def _width(scale) -> float | None:
    if isinstance(scale, str):
        if scale != "threshold":
            raise MirrorError(
                f"surrogate_scale={scale!r}: write 'threshold', or a width in the unit of the "
                "threshold, such as 5*mV."
            )
        return None
    width = float(scale)
    if not width > 0:
        raise MirrorError(f"surrogate_scale={scale!r} must be above 0.")
    return width
