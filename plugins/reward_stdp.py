"""Spike-timing-dependent plasticity that waits for a reward.

Pairs of spikes do not change a weight, but its eligibility trace ``c``: up if the target spikes
after the source, down if before. The weight follows the trace while there is a reward [1]_::

    dc/dt = -c/tau_c
    dw/dt = reward c/tau_w

References
----------
.. [1] Izhikevich 2007, Cereb Cortex 17:2443, eq. 2.2 and 2.3
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from brian2 import Synapses
from brian2.units import get_unit, ms, second
from brian2.units.fundamentalunits import DIMENSIONLESS

from brian2_l2l.hookspecs import hookimpl
from brian2_l2l.rules import Rule, unit_of, unit_text

__all__ = ["reward_stdp", "reward_stdp_rule"]

#: The largest weight is 1 in the unit of what synapses change; pairs of spikes count more when the
#: source comes late, so that weights of chance pairs fall.
CONSTANTS = {
    "tau_pre": 20 * ms,
    "tau_post": 20 * ms,
    "tau_c": 1 * second,
    "tau_w": 1 * second,
    "potentiation": 0.01,
    "depression": 0.0105,
    "smallest": 0.0,
    "largest": 1.0,
}


def reward_stdp_rule(target: Any, *, variable: str = "v", reward: str = "reward", **constants: Any):
    """Return the rule.

    Parameters
    ----------
    target : NeuronGroup
        With the variable that spikes change, and the reward as a number, such as
        ``'reward = reward_at(t) : 1 (constant over dt)'`` with a TimedArray.
    variable, reward : str
        Their names.
    **constants
        Instead of `CONSTANTS`. `potentiation`, `depression` and the two bounds of a weight are in
        units of ``w``, which are those of `variable`.
    """
    unit = unit_of(target, variable)
    kind = unit_text(unit)
    in_units = ("potentiation", "depression", "smallest", "largest")
    values = {k: v * unit if k in in_units else v for k, v in CONSTANTS.items()}
    return Rule(
        f"""
        dw/dt = {reward}_post*c/tau_w : {kind} (clock-driven)
        dc/dt = -c/tau_c : {kind} (clock-driven)
        dpre_trace/dt = -pre_trace/tau_pre : {kind} (event-driven)
        dpost_trace/dt = -post_trace/tau_post : {kind} (event-driven)
        """,
        on_pre=f"""
        w = clip(w, smallest, largest)
        {variable}_post += w
        pre_trace += potentiation
        c -= post_trace
        """,
        on_post="""
        w = clip(w, smallest, largest)
        post_trace += depression
        c += pre_trace
        """,
        target={variable: unit, reward: get_unit(DIMENSIONLESS)},
        third_factor=reward,
        namespace={**values, **constants},
    )


def reward_stdp(source: Any, target: Any, **options: Any) -> Synapses:
    """Return synapses that learn by the rule.

    Parameters
    ----------
    source, target : NeuronGroup
    **options
        Of `reward_stdp_rule`, and of `Synapses`.
    """
    names = ("variable", "reward", *CONSTANTS)
    asked = {name: options.pop(name) for name in names if name in options}
    options = {"method": "euler", **options}
    return reward_stdp_rule(target, **asked).synapses(source, target, **options)


@hookimpl
def rules() -> Mapping[str, Callable]:
    """Contribute this rule."""
    return {"reward_stdp": reward_stdp}
