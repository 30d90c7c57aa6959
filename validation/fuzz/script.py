"""
The script under construction: blocks of text, and what later fragments need to know of them.

Every fragment declares its features by name when it is imported, and marks those that it used in a
script. So the coverage table knows of every feature, also of those that no script happened to use.
"""

import random
import textwrap
from dataclasses import dataclass, field
from typing import Generic, TypeVar

#: All features that any fragment can put into a script, in the order of their declaration.
FEATURES: list[str] = []

Option = TypeVar("Option")


def declare(name: str) -> str:
    """Declare one feature and give back its name."""
    if name in FEATURES:
        raise ValueError(f"the feature {name!r} is declared twice")
    FEATURES.append(name)
    return name


class Choice(Generic[Option]):
    """
    Some alternatives of one kind, each of them a feature ``'kind: name'``.

    Parameters
    ----------
    kind : str
        What is chosen, such as ``'method'``.
    options : dict
        Name of the alternative -> whatever the fragment needs to make it.
    """

    def __init__(self, kind: str, options: dict[str, Option]):
        self.kind = kind
        self.options = options
        for name in options:
            declare(f"{kind}: {name}")

    def draw(self, script: "Script", among=None) -> Option:
        """Draw one alternative (`among` some names only), and mark its feature as used."""
        name = script.random.choice([n for n in self.options if among is None or n in among])
        script.features.add(f"{self.kind}: {name}")
        return self.options[name]


@dataclass
class Population:
    """
    A group in the script that later fragments can connect, record and change.

    Attributes
    ----------
    name : str
        The name of the Python variable and of the Brian2 object.
    size : int
        The number of neurons or compartments.
    units : dict
        State variable -> its unit as written in equations (``'1'``, ``'volt'``, ...).
    targets : dict
        Variable that a synapse may change -> the size of one usual step, as an expression.
    slots : list of str
        Parameters that stand in the equations and that nothing fills yet (summed variables do).
    events : list of str
        The names of events to connect to and to record; empty for a group without any.
    divisible : bool
        Whether Brian2 allows subgroups of it.
    """

    name: str
    size: int
    units: dict[str, str]
    targets: dict[str, str] = field(default_factory=dict)
    slots: list[str] = field(default_factory=list)
    events: list[str] = field(default_factory=lambda: ["spike"])
    divisible: bool = True

    @property
    def spikes(self) -> bool:
        """Whether the group emits ordinary spikes."""
        return "spike" in self.events


@dataclass
class Connection:
    """Synapses in the script: their name, recordable variables and names of their pathways."""

    name: str
    units: dict[str, str]
    pathways: list[str]
    heterogeneous: list[str] = field(default_factory=list)


class Script:
    """
    A Brian2 script that is being put together.

    Parameters
    ----------
    seed : int
        The seed of the whole campaign.
    index : int
        The number of the network in it.
    """

    def __init__(self, seed: int, index: int):
        self.random = random.Random(f"{seed}:{index}")
        self.title = f"Network {index} of seed {seed}"
        self.blocks: list[str] = []
        self.features: set[str] = set()
        self.populations: list[Population] = []
        self.sources: list[Population] = []
        self.connections: list[Connection] = []
        self.between_runs: list[str] = []
        self._counts: dict[str, int] = {}

    def add(self, text: str) -> None:
        """Append a block of the script; blocks are what a failing script is reduced by."""
        self.blocks.append(textwrap.dedent(text).strip("\n"))

    def use(self, feature: str) -> None:
        """Mark a declared feature as used by this script."""
        if feature not in FEATURES:
            raise ValueError(f"the feature {feature!r} is not declared")
        self.features.add(feature)

    def sometimes(self, feature: str, probability: float) -> bool:
        """Decide whether to use a declared feature, and mark it if so."""
        chosen = self.random.random() < probability
        if chosen:
            self.use(feature)
        return chosen

    def name(self, prefix: str) -> str:
        """Give a new name: explicit names keep Brian2's order of execution the same in all runs."""
        number = self._counts.get(prefix, 0)
        self._counts[prefix] = number + 1
        return f"{prefix}{number}"

    def number(self, low: float, high: float) -> str:
        """Draw a number, written with three digits."""
        return f"{self.random.uniform(low, high):.3g}"

    def integer(self, low: int, high: int) -> int:
        """Draw an integer, both ends included."""
        return self.random.randint(low, high)

    def text(self) -> str:
        """Give the script as text."""
        features = textwrap.wrap(", ".join(sorted(self.features)), 96)
        heading = "\n".join([f"# {self.title}", *(f"#   {line}" for line in features)])
        return "\n\n".join([heading, *self.blocks]) + "\n"
