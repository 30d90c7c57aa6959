"""What the policy gradient descends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch

from brian2_l2l import training
from brian2_l2l.errors import TrainingError
from brian2_l2l_plugins.l2l.reinforcement.advantages import estimate_advantages

__all__ = ["Experience", "Objective"]


@dataclass(frozen=True, eq=False)
class Experience:
    """What is kept of some episodes for the updates from them.

    Attributes
    ----------
    actions : tensor
        ``[step - 1, trial, ...]``: the actions that are judged.
    log_probabilities : tensor
        ``[step - 1, trial]``: of these actions, when they were taken.
    advantages, returns : tensor
        ``[step - 1, trial]``: how good they were, and what the values should have been.
    free : tensor of bool
        ``[step - 1, trial]``: the actions that did anything.
    """

    actions: torch.Tensor
    log_probabilities: torch.Tensor
    advantages: torch.Tensor
    returns: torch.Tensor
    free: torch.Tensor


@dataclass(frozen=True)
class Objective:
    """The loss of readouts for actions that were taken.

    ``-min(ratio*A, clamp(ratio)*A) + value_weight*(value - return)**2 - entropy_weight*entropy``,
    the mean over all actions that did anything (for the values, over all steps), where ``ratio`` is
    by how much more probable an action has become and ``A`` is its advantage, standardised over the
    batch (Schulman, Wolski, Dhariwal, Radford, Klimov 2017, arXiv 1707.06347, equations 7 and 9).

    Attributes
    ----------
    discount, trace : float
        See `estimate_advantages`.
    clip_ratio : float
        Ratios outside ``1 - clip_ratio`` and ``1 + clip_ratio`` bring nothing more.
    value_weight, entropy_weight : float

    Raises
    ------
    TrainingError
        If a number is not valid.
    """

    discount: float = 0.95
    trace: float = 0.95
    clip_ratio: float = 0.2
    value_weight: float = 0.5
    entropy_weight: float = 0.01

    def __post_init__(self) -> None:
        training.check_positive("clip_ratio", self.clip_ratio)
        for name in ("discount", "trace"):
            if not 0 <= getattr(self, name) <= 1:
                raise TrainingError(f"{name}={getattr(self, name)!r} must be from 0 to 1.")
        for name in ("value_weight", "entropy_weight"):
            if not getattr(self, name) >= 0:
                raise TrainingError(f"{name}={getattr(self, name)!r} must be 0 or more.")

    def judge(self, task, episodes) -> Experience:
        """Return what there is to learn from episodes."""
        readouts, rewards = episodes.readouts, episodes.rewards.to(episodes.readouts)
        values, actions = task.value(readouts), episodes.actions[:-1].to(readouts)
        advantages = estimate_advantages(rewards, values, self.discount, self.trace)
        free = episodes.free[:-1].to(readouts.device)
        judged = advantages[free]
        return Experience(
            actions,
            task.policy(readouts[:-1]).log_probability(actions),
            (advantages - judged.mean()) / judged.std().clamp(min=1e-8),
            advantages + values[:-1],
            free,
        )

    def loss(
        self, task, readouts: torch.Tensor, experience: Experience
    ) -> tuple[torch.Tensor, Mapping[str, float]]:
        """Return the loss of readouts ``[step, trial, neuron]``, and columns for the history."""
        policy, values = task.policy(readouts[:-1]), task.value(readouts[:-1])
        change = policy.log_probability(experience.actions) - experience.log_probabilities
        ratio, advantages = change.exp(), experience.advantages
        clipped = ratio.clamp(1 - self.clip_ratio, 1 + self.clip_ratio)
        gain = torch.minimum(ratio * advantages, clipped * advantages)[experience.free].mean()
        value_loss = ((values - experience.returns) ** 2).mean()
        entropy = policy.entropy()[experience.free].mean()
        loss = -gain + self.value_weight * value_loss - self.entropy_weight * entropy
        return loss, {"value_loss": value_loss.item(), "entropy": entropy.item()}
