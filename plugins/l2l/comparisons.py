"""What others make of the examples of an episode: linear regression and backpropagation.

Both learn within an episode, as a network trained on `brian2_l2l.tasks.FunctionLearningTask` does.
Each predicts an example from those before it, and then gets to know its value.
"""

from __future__ import annotations

import math

import torch

__all__ = ["backpropagation_errors", "linear_errors"]

#: Keeps regression defined for fewer examples than coefficients.
RIDGE = 1e-6


def linear_errors(x: torch.Tensor, y: torch.Tensor, seen: str = "before") -> torch.Tensor:
    """Return the squared errors of the best linear predictor of each function.

    Parameters
    ----------
    x : tensor, shape (example, trial, argument)
    y : tensor, shape (example, trial)
    seen : {'before', 'all'}
        Whether it is fitted to the examples before the one that it predicts, or once to all of an
        episode, which no predictor can know.

    Returns
    -------
    errors : tensor, shape (example, trial)
    """
    ones = torch.ones_like(x[..., :1])
    features = torch.cat([x, ones], -1).double().transpose(0, 1)
    values = y.double().t()[..., None]
    squares = features[..., None] * features[..., None, :]
    products = features * values
    if seen == "all":
        squares, products = (part.sum(1, keepdim=True) for part in (squares, products))
    else:
        squares, products = (part.cumsum(1) - part for part in (squares, products))
    penalty = RIDGE * torch.eye(squares.shape[-1], dtype=squares.dtype, device=squares.device)
    coefficients = torch.linalg.solve(squares + penalty, products[..., None])[..., 0]
    return (y - (features * coefficients).sum(-1).t()).square()


def backpropagation_errors(
    x: torch.Tensor,
    y: torch.Tensor,
    learning_rate: float,
    hidden: int = 10,
    steps: int = 1,
    generator: torch.Generator | None = None,
) -> torch.Tensor:
    """Return the squared errors of networks that learn each function by gradient descent.

    They have one layer of sigmoid units, as the random networks have, and random weights at first.
    Adam takes some steps after each example, which use all examples so far.

    Parameters
    ----------
    x : tensor, shape (example, trial, argument)
    y : tensor, shape (example, trial)
    learning_rate : float
    hidden : int
        The number of sigmoid units.
    steps : int
        The steps after each example.
    generator : torch.Generator, optional

    Returns
    -------
    errors : tensor, shape (example, trial)
    """
    examples, trials, arguments = x.shape
    shapes = ((trials, arguments, hidden), (trials, 1, hidden), (trials, hidden, 1), (trials, 1, 1))
    scales = (1 / math.sqrt(arguments), 1.0, 1 / math.sqrt(hidden), 0.0)
    weights = [
        (scale * torch.randn(shape, generator=generator, device="cpu")).to(x).requires_grad_()
        for shape, scale in zip(shapes, scales, strict=True)
    ]
    inputs, values = x.transpose(0, 1), y.t()
    optimiser = torch.optim.Adam(weights, learning_rate)
    errors = torch.empty_like(y)
    for k in range(examples):
        with torch.no_grad():
            errors[k] = (_predict(weights, inputs[:, k : k + 1])[:, 0] - values[:, k]).square()
        for _ in range(steps):
            optimiser.zero_grad()
            wrong = _predict(weights, inputs[:, : k + 1]) - values[:, : k + 1]
            wrong.square().mean(1).sum().backward()
            optimiser.step()
    return errors


def _predict(weights: list[torch.Tensor], inputs: torch.Tensor) -> torch.Tensor:
    """Return the outputs ``(trial, example)`` of one network for each trial."""
    inner, bias, outer, offset = weights
    units = torch.sigmoid(inputs @ inner + bias)
    return (units @ outer + offset)[..., 0]
