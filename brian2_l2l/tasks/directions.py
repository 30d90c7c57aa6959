"""Random directions in the plane, around a vector that says how sure they are.

The density of a direction with the unit vector ``u`` is ``exp(m.u) / (2 pi I0(|m|))``, the von
Mises distribution: the vector ``m`` points to the most likely direction, and its length is the
concentration. ``m = 0`` means any direction.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

__all__ = ["Directions"]

#: So many tries to draw by rejection; at least two of three succeed.
TRIES = 24


@dataclass(frozen=True, eq=False)
class Directions:
    """Independent random directions.

    Attributes
    ----------
    means : tensor
        ``[..., 2]``: the vectors ``m``.
    """

    means: torch.Tensor

    def sample(self, generator: torch.Generator) -> torch.Tensor:
        """Draw one unit vector ``[..., 2]`` each, without gradient.

        By the wrapped Cauchy envelope of Best and Fisher 1979 (Applied Statistics 28:152).
        """
        means = self.means.detach().double().cpu()
        kappa = torch.linalg.vector_norm(means, dim=-1).clamp(min=1e-4)
        tau = 1 + (1 + 4 * kappa**2).sqrt()
        rho = (tau - (2 * tau).sqrt()) / (2 * kappa)
        r = (1 + rho**2) / (2 * rho)
        shape = (3, TRIES, *kappa.shape)
        drawn = torch.rand(shape, generator=generator, dtype=torch.float64, device="cpu")
        z = (torch.pi * drawn[0]).cos()
        f = (1 + r * z) / (r + z)
        c = kappa * (r - f)
        accepted = (c * (2 - c) > drawn[1]) | ((c / drawn[1]).log() + 1 >= c)
        first = accepted.to(torch.uint8).argmax(dim=0, keepdim=True)
        turn = f.clamp(-1, 1).acos() * (drawn[2] - 0.5).sign()
        angle = torch.atan2(means[..., 1], means[..., 0]) + turn.gather(0, first).squeeze(0)
        return torch.stack([angle.cos(), angle.sin()], dim=-1)

    def log_probability(self, directions: torch.Tensor) -> torch.Tensor:
        """Return the logarithms of the densities of unit vectors ``[..., 2]``."""
        return (self.means * directions).sum(dim=-1) - self._log_normaliser(self._concentration())

    def entropy(self) -> torch.Tensor:
        """Return the entropies."""
        kappa = self._concentration()
        ratio = torch.special.i1e(kappa) / torch.special.i0e(kappa)
        return self._log_normaliser(kappa) - kappa * ratio

    def _concentration(self) -> torch.Tensor:
        return torch.linalg.vector_norm(self.means, dim=-1)

    def _log_normaliser(self, kappa: torch.Tensor) -> torch.Tensor:
        # The scaled Bessel function does not overflow.
        return torch.log(2 * torch.pi * torch.special.i0e(kappa)) + kappa
