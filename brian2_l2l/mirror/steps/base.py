"""What a step is: a block of the network, lowered, run once per tick of its clock."""

from __future__ import annotations

from ...spec.network_spec import Block, NetworkSpec
from ..codegen import generate
from ..counters import numbered
from ..hoisting import hoist
from ..lanes import StaticLanes
from ..opening import open_guards
from ..state import State
from ..target import Target

__all__ = ["CodeStep", "Step"]


class Step:
    """A lowered block.

    Parameters
    ----------
    block : Block
    spec : NetworkSpec
    target : Target
    """

    def __init__(self, block: Block, spec: NetworkSpec, target: Target):
        self.block, self.spec, self.target = block, spec, target
        self.name, self.clock = block.name, block.clock

    @property
    def source(self) -> str:
        """The generated program of this step."""
        return f"# {self.name} ({self.block.template})\n"

    def prepare(self, state: State) -> None:
        """Compute what stays the same during a run."""

    def run(self, state: State) -> None:
        """Advance ``state`` by this step."""
        raise NotImplementedError


class CodeStep(Step):
    """A step with statements."""

    #: What ``code.step`` returns.
    results: tuple[str, ...] = ()
    #: The condition that it also returns as a spike.
    soft: str | None = None
    #: Whether its statements run over all elements, so that some of them can be fixed for a run.
    hoisted = False

    def __init__(self, block, spec, target):
        block = open_guards(block)
        block = hoist(block, spec, target) if self.hoisted else block
        super().__init__(block if target.exact else numbered(block), spec, target)
        self.code = generate(
            self.block,
            spec,
            target,
            static=self.is_static(),
            results=self.result_names(),
            soft=self.soft if target.differentiable else None,
        )

    def is_static(self) -> bool:
        """Tell whether the lanes are the same at every step."""
        return True

    def result_names(self) -> tuple[str, ...]:
        """Return the names whose values the generated step returns."""
        return self.results

    @property
    def source(self) -> str:
        return self.code.source

    def lanes(self, state: State) -> StaticLanes:
        """Return the lanes that do not change during a run."""
        cache = state.once.setdefault((self.name, "positions"), {})
        return StaticLanes(state, int(self.block.options["size"]), cache=cache)

    def prepare(self, state: State) -> None:
        if self.is_static():
            state.once[self.name] = self.code.once(self.lanes(state))

    def execute(self, lanes) -> tuple:
        """Run the statements over ``lanes``."""
        return self.code.step(lanes, lanes.state.once.get(self.name, ()))
