"""The claim that the fused lowering does what the plain one does: spikes, values, gradients."""

from __future__ import annotations

import numpy as np
import torch
from brian2 import Network
from brian2.core.variables import ArrayVariable

import brian2_l2l as l2l
from brian2_l2l.errors import MirrorError

#: Sums are made in another order, and libraries differ in the last places of exp() and the like.
VALUES, GRADIENTS = 1e-7, 1e-9


def trainables_of(net: Network) -> list[tuple[str, str]]:
    """Return the parameters with real values that a mirror of a network can train."""
    found = []
    for obj in net.sorted_objects:
        variables = getattr(obj, "variables", {})
        for name, variable in variables.items():
            if isinstance(variable, ArrayVariable) and variable.owner is obj and name[0] != "_":
                found.append((obj.name, name))
    return [key for key in found if _can_be_trained(net, key)]


def _can_be_trained(net: Network, key) -> bool:
    try:
        l2l.mirror(net, [key])
    except MirrorError:
        return False
    return True


def run_lowered(net, lowering, duration, keys, trainable=(), inputs=None, **options):
    """Return the records of a run, and the gradients of a sum over all of them."""
    options = {"dtype": torch.float64, "batch_size": 3, **options}
    mirror = l2l.mirror(net, trainable, lowering=lowering, **options)
    record = mirror.run(duration, inputs=inputs, record=keys, seed=5)
    if trainable:
        _loss_of(record).backward()
    gradients = {n: p.grad for n, p in mirror.named_parameters() if p.grad is not None}
    return {key: value.detach() for key, value in record.items()}, gradients


def _loss_of(record) -> torch.Tensor:
    # The lowerings differ in which records have a gradient, so every value has its own weight.
    generator = torch.Generator().manual_seed(0)
    loss = torch.zeros((), dtype=torch.float64, requires_grad=True)
    for value in record.values():
        if value.dtype.is_floating_point and value.numel():
            weights = torch.randn(value.shape, generator=generator, dtype=torch.float64)
            scale = float(value.detach().abs().max()) or 1.0
            loss = loss + (weights * value).sum() / scale
    return loss


def assert_same(expected, found) -> int:
    """Assert that two results of `run_lowered` agree; return the number of spikes."""
    (records, gradients), (others, other_gradients) = expected, found
    spikes = 0
    for key, value in records.items():
        if key[1] == "spikes":
            assert torch.equal(others[key], value), f"{key}: other spikes"
            spikes += int(value.sum())
        scale = float(value.double().abs().nan_to_num().max()) if value.numel() else 0.0
        np.testing.assert_allclose(
            others[key], value, rtol=VALUES, atol=VALUES * scale, err_msg=str(key)
        )
    for name, gradient in gradients.items():
        if bool(torch.isfinite(gradient).all()) and float(gradient.norm()) > 0:
            error = float((other_gradients[name] - gradient).norm() / gradient.norm())
            assert error < GRADIENTS, f"the gradient of {name} differs by {error:.2g}"
    return spikes
