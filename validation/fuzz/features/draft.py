"""A neuron group while it is being put together."""

from dataclasses import dataclass, field

from .models import Model


@dataclass
class Draft:
    """
    What the fragments collect for one neuron group before its text is written.

    Attributes
    ----------
    name : str
        The name of the group.
    size : int
        The number of neurons.
    model : `Model`
        The neuron model.
    terms : list of str
        What is added to the drive of the membrane variable.
    equations : list of str
        Further lines of equations.
    before : list of str
        Statements that must come before the group, such as a TimedArray.
    after : list of str
        Statements that must come after it, such as start values.
    externals : dict
        Name -> value of everything that the equations use from outside.
    arguments : list of str
        Further keyword arguments of the group.
    slots : list of str
        Parameters for a summed variable to fill.
    events : list of str
        The names of the group's events.
    constant : bool
        Whether the drive is constant over a time step, so that an exact solution exists.
    noise : str
        ``''``, or the name of the noise.
    """

    name: str
    size: int
    model: Model
    terms: list[str] = field(default_factory=list)
    equations: list[str] = field(default_factory=list)
    before: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)
    externals: dict[str, str] = field(default_factory=dict)
    arguments: list[str] = field(default_factory=list)
    slots: list[str] = field(default_factory=list)
    events: list[str] = field(default_factory=lambda: ["spike"])
    constant: bool = True
    noise: str = ""

    def external(self, prefix: str, value: str) -> str:
        """Define an external value before the group, and give the name to use in equations."""
        name = f"{prefix}_{self.name}"
        self.before.append(f"{name} = {value}")
        self.externals[name] = name
        return name
