"""Whether a rule fits the groups that it connects, before anything is made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from brian2 import Equations
from brian2.units import Unit, have_same_dimensions

from brian2_l2l.errors import RuleError, did_you_mean
from brian2_l2l.rules.statements import written_by
from brian2_l2l.spec.refusals import origin_of

__all__ = ["check_code", "check_needs"]


def check_needs(needs: Mapping[str, Unit], group: Any, side: str) -> None:
    """Check that a group has the variables that a rule needs.

    Raises
    ------
    RuleError
        If one is missing, or has another unit.
    """
    for name, unit in needs.items():
        variable = group.variables.get(name)
        if variable is None:
            known = [known for known in group.variables if not known.startswith("_")]
            _refuse(group, side, f"{name!r}, which it does not have", did_you_mean(name, known))
        if not have_same_dimensions(variable.dim, unit):
            _refuse(group, side, f"{name!r} in {unit!r}, and there it is in {variable.unit!r}")


def _refuse(group: Any, side: str, what: str, hint: str = "") -> None:
    raise RuleError(
        f"The rule needs of its {side} '{group.name}' the variable {what}.{hint}\n"
        f"Created here:\n{origin_of(group)}\n"
        "Add it to the equations of the group, or give the rule the name that it has there."
    )


def check_code(rule: Any) -> None:
    """Check that a rule changes the variable that it calls plastic.

    Raises
    ------
    RuleError
        If this is no variable of the equations, is constant, or nothing changes it.
    """
    equations, name = Equations(rule.model), rule.weight
    if name not in equations:
        raise RuleError(
            f"The plastic variable {name!r} is not in the equations of the rule:\n{equations}\n"
            "Add it there, or set weight= to that which the rule changes."
        )
    if name in equations.subexpr_names:
        raise RuleError(
            f"The plastic variable {name!r} is a subexpression, which is computed from others: "
            f"{equations[name]}. Declare it with its unit alone."
        )
    if "constant" in equations[name].flags:
        raise RuleError(
            f"The plastic variable {name!r} is constant, so that nothing may change it: "
            f"{equations[name]}. Leave out the flag '(constant)'."
        )
    changed = written_by(rule.on_pre) | written_by(rule.on_post)
    if name not in changed | equations.diff_eq_names:
        raise RuleError(
            f"Nothing changes the plastic variable {name!r}: neither on_pre nor on_post assigns to "
            "it, and it has no differential equation."
        )
    if rule.quantisation is not None:
        if name in equations.diff_eq_names:
            raise RuleError(
                f"{name!r} changes by a differential equation, which this does not round. Let "
                "on_pre or on_post change it, or leave quantisation= out and round it after each "
                f"time step: quantisation.apply_to(synapses, {name!r})."
            )
        rule.quantisation.check_unit(name, equations[name].dim)
    needed = {*rule.source, *rule.target, *equations.names, ""}
    if rule.third_factor not in needed:
        raise RuleError(
            f"The third factor {rule.third_factor!r} is neither a variable of the synapses nor one "
            "that the rule needs of its source or target. Add it to source= or target=."
        )
