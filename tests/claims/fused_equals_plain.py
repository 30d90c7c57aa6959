"""The claim that the fused lowering does what the plain one does: spikes, values, gradients."""

from __future__ import annotations

import numpy as np
import torch

import brian2_l2l as l2l

#: Sums are made in another order, and libraries differ in the last places of exp() and the like.
VALUES, GRADIENTS = 1e-7, 1e-9


def assert_fused_equals_plain(net, trainable, keys, duration, tolerance=GRADIENTS, **options):
    """Assert that both lowerings give the same spikes, values and gradients, and not zeros."""
    expected, found = (
        run_lowered(net, lowering, duration, keys, trainable, **options)
        for lowering in ("plain", "fused")
    )
    assert assert_same(expected, found, tolerance) > 10
    for name, gradient in expected[1].items():
        assert float(gradient.norm()) > 0, f"the gradient of {name} is zero"


def run_lowered(net, lowering, duration, keys, trainable=(), inputs=None, runs=1, **options):
    """Return the records of runs that follow each other, and the gradients of a sum over all."""
    options = {"dtype": torch.float64, "batch_size": 3, **options}
    mirror = l2l.mirror(net, trainable, lowering=lowering, **options)
    parts = [mirror.run(duration / runs, inputs=inputs, record=keys, seed=5)]
    while len(parts) < runs:
        parts.append(mirror.run(duration / runs, record=keys, seed=5, state=parts[-1].state))
    record = {key: torch.cat([part[key] for part in parts]) for key in parts[0]}
    if trainable:
        _loss_of(record).backward()
    gradients = {n: p.grad.cpu() for n, p in mirror.named_parameters() if p.grad is not None}
    return {key: value.detach().cpu() for key, value in record.items()}, gradients


def _loss_of(record) -> torch.Tensor:
    # The lowerings differ in which records have a gradient, so every value has its own weight.
    generator = torch.Generator().manual_seed(0)
    loss = torch.zeros((), dtype=torch.float64, requires_grad=True)
    for value in record.values():
        if value.dtype.is_floating_point and value.numel():
            weights = torch.randn(value.shape, generator=generator, dtype=torch.float64)
            weights = weights.to(value.device)
            scale = float(value.detach().abs().max()) or 1.0
            loss = loss + ((weights * value).sum() / scale).cpu()
    return loss


def assert_same(expected, found, tolerance=GRADIENTS) -> int:
    """Assert that two results of `run_lowered` agree; return the number of spikes."""
    (records, gradients), (others, other_gradients) = expected, found
    spikes = 0
    for key, value in records.items():
        if key[1] == "spikes":
            assert torch.equal(others[key], value), f"{key}: other spikes"
            spikes += int(value.sum())
        scale = float(value.double().abs().nan_to_num().max()) if value.numel() else 0.0
        limit = max(VALUES, tolerance)
        np.testing.assert_allclose(
            others[key], value, rtol=limit, atol=limit * scale, err_msg=str(key)
        )
    for name, gradient in gradients.items():
        if bool(torch.isfinite(gradient).all()) and float(gradient.norm()) > 0:
            error = float((other_gradients[name] - gradient).norm() / gradient.norm())
            assert error < tolerance, f"the gradient of {name} differs by {error:.2g}"
    return spikes
