"""Learning from rewards: the inner loop is an episode, the outer loop changes the weights."""

from brian2_l2l_plugins.l2l.reinforcement.policy_gradient import policy_gradient

__all__ = ["policy_gradient"]
