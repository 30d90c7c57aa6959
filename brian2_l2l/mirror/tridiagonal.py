"""Tridiagonal systems, for a batch, with a gradient."""

from __future__ import annotations

import numpy as np
import torch
from scipy.linalg import solve_banded

__all__ = ["solve_tridiagonal"]


def solve_tridiagonal(upper, diagonal, lower, right) -> torch.Tensor:
    """Solve for ``x`` in ``A x = right`` with a tridiagonal ``A`` per trial.

    Parameters
    ----------
    upper, lower : torch.Tensor
        ``(n,)``, in LAPACK's layout: ``upper[0]`` and ``lower[-1]`` are not used.
    diagonal : torch.Tensor
        ``[batch, n]``.
    right : torch.Tensor
        ``(n,)`` or ``[batch, n]``.

    Returns
    -------
    x : torch.Tensor
        ``[batch, n]``; on the CPU the values are those of ``scipy.linalg.solve_banded``.
    """
    return _Solve.apply(upper, diagonal, lower, right.expand(diagonal.shape))


class _Solve(torch.autograd.Function):
    @staticmethod
    def forward(ctx, upper, diagonal, lower, right):
        x = _solve(upper, diagonal, lower, right)
        ctx.save_for_backward(upper, diagonal, lower, x)
        return x

    @staticmethod
    def backward(ctx, gradient):
        upper, diagonal, lower, x = ctx.saved_tensors
        # The transposed system swaps and shifts the two outer bands.
        adjoint = _solve(torch.roll(lower, 1), diagonal, torch.roll(upper, -1), gradient)
        return None, -adjoint * x, None, adjoint


def _solve(upper, diagonal, lower, right) -> torch.Tensor:
    if diagonal.is_cuda:
        inner = torch.diag_embed(diagonal)
        inner = inner + torch.diag(upper[1:], 1) + torch.diag(lower[:-1], -1)
        return torch.linalg.solve(inner, right)
    bands = np.empty((3, diagonal.shape[1]), dtype=np.float64)
    solutions = np.empty(diagonal.shape, dtype=np.float64)
    for trial in range(len(diagonal)):
        bands[0], bands[1], bands[2] = upper.numpy(), diagonal[trial].numpy(), lower.numpy()
        solutions[trial] = solve_banded((1, 1), bands, right[trial].numpy())
    return torch.as_tensor(solutions, dtype=diagonal.dtype, device="cpu")
