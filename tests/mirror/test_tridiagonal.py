"""Tridiagonal systems: LAPACK's values, and the derivative of the solution."""

import numpy as np
import pytest
import torch
from scipy.linalg import solve_banded

from brian2_l2l.mirror.tridiagonal import solve_tridiagonal


def system(rng, n, batch, requires_grad=False):
    """Return a system like the cable equation's: its diagonal dominates."""
    upper, lower = (torch.as_tensor(rng.uniform(0.1, 1, n)) for _ in range(2))
    diagonal = torch.as_tensor(-2.5 - rng.random((batch, n))).requires_grad_(requires_grad)
    right = torch.as_tensor(rng.normal(size=(batch, n))).requires_grad_(requires_grad)
    return upper, diagonal, lower, right


@pytest.mark.parametrize(("n", "batch"), [(1, 1), (2, 3), (40, 4)])
def test_each_trial_has_lapacks_solution(rng, n, batch):
    upper, diagonal, lower, right = system(rng, n, batch)
    x = solve_tridiagonal(upper, diagonal, lower, right)
    for k in range(batch):
        bands = np.array([upper.numpy(), diagonal[k].numpy(), lower.numpy()])
        np.testing.assert_array_equal(x[k], solve_banded((1, 1), bands, right[k].numpy()))
        matrix = np.diag(diagonal[k].numpy())
        matrix += np.diag(upper.numpy()[1:], 1) + np.diag(lower.numpy()[:-1], -1)
        np.testing.assert_allclose(matrix @ x[k].numpy(), right[k], atol=1e-12)


def test_one_right_side_serves_all_trials(rng):
    upper, diagonal, lower, right = system(rng, 5, 3)
    x = solve_tridiagonal(upper, diagonal, lower, right[0])
    assert torch.equal(x, solve_tridiagonal(upper, diagonal, lower, right[:1].expand(3, -1)))


def test_the_gradient_is_the_derivative(rng):
    upper, diagonal, lower, right = system(rng, 6, 2, requires_grad=True)
    assert torch.autograd.gradcheck(
        lambda d, r: solve_tridiagonal(upper, d, lower, r), (diagonal, right)
    )
    shared = right.detach()[0].requires_grad_()
    assert torch.autograd.gradcheck(
        lambda d, r: solve_tridiagonal(upper, d, lower, r), (diagonal, shared)
    )


def test_the_type_is_kept(rng):
    parts = [part.to(torch.float32) for part in system(rng, 6, 2)]
    assert solve_tridiagonal(*parts).dtype == torch.float32
