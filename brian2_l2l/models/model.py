"""A neuron model as the arguments of a NeuronGroup."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from brian2 import Equations
from brian2.units import Quantity

from brian2_l2l.parts import with_parts


@dataclass(frozen=True, eq=False)
class Model:
    """
    The equations of a neuron and what goes with them, all of it standard Brian2.

    Parameters
    ----------
    equations : `Equations` or str
        The model equations.
    threshold, reset : str or None
        The threshold condition and the reset statements.
    refractory : str, `Quantity` or bool
        As in `NeuronGroup`.
    method : str
        The state updater.
    namespace : mapping
        The values of the parameters that are the same for all neurons.
    events : mapping
        Custom events: names and conditions.
    initial_values : mapping
        Variables whose start is not zero, parameters of single neurons included.

    Examples
    --------
    >>> from brian2 import NeuronGroup, ms, mV
    >>> from brian2_l2l.models import lif
    >>> model = lif(tau_m=10*ms, v_threshold=20*mV, v_reset=0*mV, v_rest=0*mV)
    >>> group = model.initialise(NeuronGroup(100, **model.group_arguments()))
    """

    equations: Equations
    threshold: str | None = None
    reset: str | None = None
    refractory: str | Quantity | bool = False
    method: str = "exact"
    namespace: Mapping = field(default_factory=dict)
    events: Mapping = field(default_factory=dict)
    initial_values: Mapping = field(default_factory=dict)

    def __post_init__(self):
        if isinstance(self.equations, str):
            object.__setattr__(self, "equations", Equations(self.equations))

    def with_(self, **changes) -> "Model":
        """
        Return a model with other parts; the present one stays as it is.

        Parameters
        ----------
        **changes
            New values of the fields. The entries of ``namespace``, ``events`` and
            ``initial_values`` are added to those that are there.

        Returns
        -------
        model : `Model`

        Raises
        ------
        TypeError
            If the model has no such part.
        """
        return with_parts(self, changes, ("namespace", "events", "initial_values"), "model")

    def group_arguments(self) -> dict:
        """
        Return the keyword arguments for `NeuronGroup`.

        Returns
        -------
        arguments : dict
            ``NeuronGroup(100, **model.group_arguments())`` makes the neurons. Names that are not in
            the model's namespace, a TimedArray for example, are found as Brian2 always does it.
        """
        return {
            "model": self.equations,
            "threshold": self.threshold,
            "reset": self.reset,
            "refractory": self.refractory,
            "method": self.method,
            "events": dict(self.events) or None,
            "namespace": dict(self.namespace),
        }

    def initialise(self, group):
        """
        Set the initial values of a group that was made from this model.

        Parameters
        ----------
        group : `NeuronGroup`
            The group.

        Returns
        -------
        group : `NeuronGroup`
            The same group.
        """
        for name, value in self.initial_values.items():
            setattr(group, name, value)
        return group

    def __str__(self):
        lines = [str(self.equations)]
        lines += [
            f"{name}: {value}"
            for name, value in self.group_arguments().items()
            if name not in ("model", "namespace") and value not in (None, False)
        ]
        lines += [f"{name} = {value!s}" for name, value in self.namespace.items()]
        return "\n".join(lines)
