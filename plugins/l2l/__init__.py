"""Learning to learn: an outer loop changes what the inner networks and their rules start from."""

from collections.abc import Callable, Mapping

from brian2_l2l.hookspecs import hookimpl
from brian2_l2l_plugins.l2l.evolution import (
    EvolutionResult,
    Parameter,
    StandaloneEvaluation,
    evolve,
)
from brian2_l2l_plugins.l2l.reinforcement import policy_gradient

__all__ = ["EvolutionResult", "Parameter", "StandaloneEvaluation", "evolve", "policy_gradient"]


@hookimpl
def outer_loops() -> Mapping[str, Callable]:
    """Contribute the outer loops of this package."""
    return {"evolution": evolve}


@hookimpl
def trainers() -> Mapping[str, Callable]:
    """Contribute the trainer that learns from rewards."""
    return {"policy_gradient": policy_gradient}
