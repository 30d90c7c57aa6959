"""Spikes as numbers: thresholds with a surrogate gradient, and effects scaled by a spike.

Forward, a spike is 0 or 1 and every value is the one that Brian2 computes, to the bit. Backward,
the spike has the surrogate's derivative. In the *smooth* form, used to check gradients, the
surrogate's antiderivative, 0 far below threshold, is the spike also in the forward pass.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

__all__ = ["Form", "HARD", "SpikeFunction", "blend", "gated"]


@dataclass(frozen=True)
class Form:
    """How a gate acts.

    Attributes
    ----------
    smooth : bool
        Whether the gate is any number, rather than 0 or 1.
    detach : bool
        Whether the gate is left out of the gradient of assignments (a detached reset).
    """

    smooth: bool = False
    detach: bool = False


HARD = Form()

#: A scaled margin at which an antiderivative has reached its limit.
FAR_BELOW = -1e6


class SpikeFunction:
    """The spike as a function of a comparison and its margin.

    Parameters
    ----------
    derivative, primitive : callable
        The surrogate's derivative and an antiderivative, from tensor to tensor.
    scale : float or None
        The width of the surrogate in the unit of the compared variables; None divides the margin
        by the magnitude of the threshold (Bellec et al. 2018).
    smooth : bool
        Whether the antiderivative is used in the forward pass.
    surrogate : Surrogate, optional
        The expressions that the functions were made of.
    """

    def __init__(self, derivative, primitive, scale, smooth, surrogate=None):
        self.derivative, self.primitive = derivative, primitive
        self.scale, self.smooth, self.surrogate = scale, smooth, surrogate

    def __call__(self, fired, margin, threshold, dtype):
        """Return the spikes of ``fired`` with the surrogate's gradient with respect to ``margin``.

        Parameters
        ----------
        fired : torch.Tensor of bool
        margin : torch.Tensor
            Positive where the condition holds.
        threshold : torch.Tensor or float
            What the margin is scaled by when there is no fixed width; where it is zero the
            margin stays as it is.
        dtype : torch.dtype
        """
        scaled = margin / self._width(threshold)
        if self.smooth:
            # Far below threshold nothing is sent, as it is without smoothing.
            return self.primitive(scaled) - self.primitive(torch.full_like(scaled, FAR_BELOW))
        return _Spike.apply(scaled, fired, self.derivative, dtype)

    def _width(self, threshold):
        if self.scale is not None:
            return self.scale
        if not isinstance(threshold, torch.Tensor):
            return abs(threshold) or 1.0
        return torch.where(threshold == 0, torch.ones_like(threshold), threshold.abs())


class _Spike(torch.autograd.Function):
    @staticmethod
    def forward(ctx, scaled, fired, derivative, dtype):
        ctx.save_for_backward(scaled)
        ctx.derivative = derivative
        return fired.to(dtype).expand(torch.broadcast_shapes(fired.shape, scaled.shape)).clone()

    @staticmethod
    def backward(ctx, gradient):
        (scaled,) = ctx.saved_tensors
        return gradient * ctx.derivative(scaled), None, None, None


def blend(gate, after, before, form):
    """Return ``after`` where there was an event and ``before`` elsewhere.

    The gradient is that of ``before + gate (after - before)``; with ``detach``, the gate's own
    part is left out.
    """
    if not before.dtype.is_floating_point:
        return torch.where(gate > 0.5, after, before)
    if form.smooth:
        gate = gate.detach() if form.detach else gate
        return before + gate * (after - before)
    value = torch.where(gate > 0.5, after, before)
    if form.detach or not gate.requires_grad:
        return value
    return value + _only_gradient(gate) * _finite(after - before).detach()


def gated(gate, value, form):
    """Return ``gate * value``, and exactly 0 where the gate is closed."""
    if form.smooth:
        return gate * value
    if not gate.requires_grad:
        return torch.where(gate > 0.5, value, 0.0).to(value.dtype)
    opened = torch.where(gate > 0.5, value, 0.0)
    return opened + _only_gradient(gate) * _finite(value).detach()


def _only_gradient(gate):
    return gate - gate.detach()


def _finite(value):
    return torch.nan_to_num(value, nan=0.0, posinf=0.0, neginf=0.0)
