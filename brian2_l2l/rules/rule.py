"""What a learning rule of synapses needs, and its code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from brian2 import Equations, Synapses
from brian2.units import Unit

from brian2_l2l.parts import with_parts
from brian2_l2l.rules.checks import check_code, check_needs
from brian2_l2l.rules.quantisation import Quantisation

__all__ = ["Rule"]


@dataclass(frozen=True, eq=False)
class Rule:
    """A learning rule of synapses.

    Attributes
    ----------
    model : str
        The equations of a synapse, with those of the plastic variable.
    on_pre, on_post : str
        The code that runs when a spike of the source arrives, and when the target spikes. To give
        the same result in every engine, it must not read a variable of a neuron that it writes.
    weight : str
        The plastic variable.
    source, target : mapping
        The variables that the neurons before and after the synapses must have, and their units.
    third_factor : str
        That of them which teaches: the error, the reward, the dopamine. Empty for a rule that knows
        nothing but spikes.
    namespace : mapping
        Values of constants.
    quantisation : Quantisation, optional
        The values that the plastic variable can have; all when left out.

    Examples
    --------
    >>> from brian2 import NeuronGroup, mV
    >>> rule = Rule("w : volt", on_pre="v_post += w; w += rate*teacher_post",
    ...             target={"v": mV, "teacher": mV}, third_factor="teacher",
    ...             namespace={"rate": 0.1})
    >>> cells = NeuronGroup(2, "v : volt; teacher : volt", threshold="v > 1*mV", reset="v = 0*mV")
    >>> synapses = rule.synapses(cells, cells)
    >>> synapses.connect()
    """

    model: str
    on_pre: str = ""
    on_post: str = ""
    weight: str = "w"
    source: Mapping[str, Unit] = field(default_factory=dict)
    target: Mapping[str, Unit] = field(default_factory=dict)
    third_factor: str = ""
    namespace: Mapping[str, Any] = field(default_factory=dict)
    quantisation: Quantisation | None = None

    def with_(self, **changes: Any) -> Rule:
        """Return a rule with other parts; the present one stays as it is.

        Parameters
        ----------
        **changes
            New values of the attributes. Entries of mappings are added to those that are there.

        Raises
        ------
        TypeError
            If a rule has no such part.
        """
        return with_parts(self, changes, ("source", "target", "namespace"), "rule")

    def check(self, source: Any, target: Any) -> None:
        """Check that the rule can work, and that two groups have what it needs.

        Raises
        ------
        RuleError
            If a group lacks a variable, or has it with another unit; if the plastic variable is
            constant, or is not changed by the code.
        """
        check_needs(self.source, source, "source")
        check_needs(self.target, target, "target")
        check_code(self)

    def synapses(self, source: Any, target: Any, **options: Any) -> Synapses:
        """Return synapses that learn by this rule; they have no connections yet.

        Parameters
        ----------
        source, target : NeuronGroup or another group
            The neurons before and after the synapses.
        **options
            Of `Synapses`, such as ``name`` and ``delay``. What is in ``namespace`` is added to that
            of the rule.

        Raises
        ------
        RuleError
            See `check`.
        """
        self.check(source, target)
        names = {**self.namespace, **options.pop("namespace", {})}
        code = {"on_pre": self.on_pre, "on_post": self.on_post}
        if self.quantisation is not None:
            code = {k: self.quantisation.rewrite(v, self.weight) for k, v in code.items()}
            names |= self.quantisation.namespace(self.weight)
        code = {name: text for name, text in code.items() if text.strip()}
        return Synapses(source, target, self.model, **code, namespace=names, **options)

    def __str__(self) -> str:
        lines = [str(Equations(self.model))]
        for name in ("on_pre", "on_post"):
            if getattr(self, name).strip():
                lines.append(f"{name}: {getattr(self, name)}")
        for name in ("source", "target"):
            needs = ", ".join(f"{k} : {unit!r}" for k, unit in getattr(self, name).items())
            lines += [f"{name} has {needs}"] if needs else []
        lines += [f"third factor: {self.third_factor}"] if self.third_factor else []
        lines += [f"{name} = {value!s}" for name, value in self.namespace.items()]
        lines += [f"{self.weight} has {self.quantisation}"] if self.quantisation else []
        return "\n".join(lines)
