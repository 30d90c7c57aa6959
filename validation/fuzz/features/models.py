"""What a neuron model is for the generator: equations with places for what is added to them."""

from dataclasses import dataclass, field


@dataclass
class Model:
    """
    A neuron model as text.

    Attributes
    ----------
    equations : str
        The equations; ``{drive}`` and ``{noise}`` are replaced by terms in the unit of the membrane
        variable ``v``, ``{flag}`` by ``(unless refractory)`` or nothing.
    constants : dict
        Name -> (value, unit) of the constants in the equations.
    thresholds, resets : list of str
        Alternatives to choose from.
    start : dict
        Variable -> the expression that gives its start values.
    units : dict
        Variable -> its unit.
    targets : dict
        Variable that a synapse may change -> the size of one usual step.
    condition : str
        A condition on the state that can serve as a refractory period, or as an event.
    kind : str
        What the state updaters can do with it: ``'linear'``, ``'conditional'`` (each variable by
        itself linear), ``'general'``, ``'stiff'``, or ``'none'`` (no differential equation).
    amplitude : str
        The size of a usual drive.
    regular : list of str
        Arguments of ``run_regularly`` calls that the model needs.
    """

    equations: str
    constants: dict[str, tuple[str, str]]
    thresholds: list[str]
    resets: list[str]
    start: dict[str, str]
    units: dict[str, str]
    targets: dict[str, str]
    condition: str
    kind: str
    amplitude: str
    regular: list[str] = field(default_factory=list)

    @property
    def unit(self) -> str:
        """The unit of the membrane variable, and so of a drive."""
        return self.units.get("v", "1")
