"""The rule of the synapses that learn."""

from __future__ import annotations

from typing import Any

from brian2 import Synapses

from brian2_l2l.errors import RuleError
from brian2_l2l.rules import Quantisation, Rule, unit_of, unit_text

__all__ = ["erbp_rule", "erbp_synapses"]


def erbp_rule(
    target: Any,
    *,
    transmission: float = 0.65,
    current: str = "I_syn",
    plasticity: str = "plasticity",
    quantisation: Quantisation | None = None,
) -> Rule:
    """Return the rule: an active synapse adds its weight to the current, and then learns.

    Parameters
    ----------
    target : NeuronGroup
        The weights are in the unit of its current.
    transmission : float
        With this probability a spike is transmitted, and the synapse learns; peRBP. With 1 all are,
        and neurons need noise instead; eRBP.
    current, plasticity : str
        The variables of the target that the synapses change, and that changes them.
    quantisation : Quantisation, optional
        For weights of few bits.

    Raises
    ------
    RuleError
        If there is no such variable, or `transmission` is no probability.
    """
    if not 0 < transmission <= 1:
        raise RuleError(f"transmission={transmission} must be above 0 and at most 1.")
    unit = unit_of(target, current)
    always = transmission == 1
    active = "" if always else "active = int(rand() < transmission)\n"
    factor = "" if always else "active*"
    return Rule(
        f"w : {unit_text(unit)}",
        on_pre=f"{active}{current}_post += {factor}w\nw += {factor}{plasticity}_post",
        target={current: unit, plasticity: unit},
        third_factor=plasticity,
        namespace={} if always else {"transmission": transmission},
        quantisation=quantisation,
    )


def erbp_synapses(source: Any, target: Any, **options: Any) -> Synapses:
    """Return synapses that learn by the rule.

    Parameters
    ----------
    source, target : NeuronGroup
    **options
        Of `erbp_rule`, and of `Synapses`.
    """
    names = ("transmission", "current", "plasticity", "quantisation")
    asked = {name: options.pop(name) for name in names if name in options}
    return erbp_rule(target, **asked).synapses(source, target, **options)
