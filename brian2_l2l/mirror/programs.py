"""The programs of a mirror: one for each kind of run, made once and kept."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from brian2.utils.logger import get_logger

from ..errors import CompilerError, MirrorError
from ..spec.network_spec import NetworkSpec
from ..spec.observation import observe
from ..spec.specify import specify_arrays
from .fused.coverage import NotCoveredError
from .fused.moving import move_fused
from .fused.program import fuse
from .fused.runner import Runner
from .given import Feed
from .kept import KEPT, Kept
from .live import LiveNetwork
from .moving import move_program
from .program import Program, lower
from .records import Recorder, Request
from .steps import STEPS
from .target import Target

__all__ = ["Programs"]

logger = get_logger(__name__)


class Programs:
    """The programs of a network in both lowerings.

    Parameters
    ----------
    live : LiveNetwork
    target : Target
    trained : frozenset of str
        The arrays that are trained.
    namespace : dict, optional
        Where names in recorded expressions are looked up.
    lowering : {'auto', 'plain', 'fused'}
    """

    def __init__(self, live: LiveNetwork, target: Target, trained, namespace, lowering: str):
        self._spec: NetworkSpec = live.spec
        self.lowering = lowering
        self._live, self._target, self._trained = live, target, frozenset(trained)
        self._namespace = namespace
        self.plain = Kept(self._lower, self._move_plain)
        self.fused = Kept(self._fuse, self._move_fused)
        self._schedules = lru_cache(maxsize=KEPT)(lambda *key: {})

    @property
    def spec(self) -> NetworkSpec:
        """The network; for another one programs are moved, or made anew."""
        return self._spec

    @spec.setter
    def spec(self, spec: NetworkSpec) -> None:
        self._spec = spec
        self.plain.outdate()
        self.fused.outdate()

    def _lower(self, requests: tuple[Request, ...], tensors, feeds) -> Program:
        """Return the program in torch for records, arrays that are tensors, and fed arrays."""
        if not requests:
            return self._lower_steps(tensors, feeds)
        # Records change nothing else.
        bare, names = self.plain((), tensors, feeds), self._live.array_names
        observed = {
            request: observe(request.group, request.key[1], self._namespace, names)
            for request in requests
            if request.place is None
        }
        spec = self._with_all_arrays()
        recorders = [
            Recorder(
                request,
                STEPS["statemonitor"](observed[request], spec, bare.target)
                if request in observed
                else None,
            )
            for request in requests
        ]
        return Program(spec, bare.target, (*bare.steps, *recorders))

    def _lower_steps(self, tensors, feeds) -> Program:
        stepped = frozenset(array for array, _ in feeds)
        tensors = tensors | self._trained | stepped
        target = replace(self._target, tensors=tensors, stepped=stepped)
        program = lower(self._with_all_arrays(), target, keep=frozenset())
        steps = (*(Feed(*feed) for feed in feeds), *program.steps)
        return replace(program, steps=steps)

    def _with_all_arrays(self) -> NetworkSpec:
        """Return the network with the arrays that have a name and that no step uses, too."""
        arrays = {**specify_arrays(self._live.array_names), **self.spec.arrays}
        return replace(self.spec, arrays=arrays)

    def _fuse(self, requests, tensors, feeds, graded: frozenset[str]) -> Runner | None:
        """Return the compiled program; None where the network runs in torch."""
        if self.lowering == "plain":
            return None
        program = self.plain(requests, tensors, feeds)
        try:
            fused = fuse(program, graded, dict(feeds), self._live.givable_events)
            return Runner(fused, self._schedules(requests, tensors, feeds, graded))
        except (NotCoveredError, CompilerError) as error:
            return self.give_way(error)

    def _move_plain(self, former: Program, *key) -> Program | None:
        spec = replace(self.spec, arrays={**former.spec.arrays, **self.spec.arrays})
        return move_program(former, spec)

    def _move_fused(self, former: Runner | None, *key) -> Runner | None:
        plain = self.plain(*key[:-1])
        fused = former and move_fused(former.program, plain)
        # What changes with time alone is the same for all connections.
        return fused and Runner(fused, self._schedules(*key))

    def give_way(self, error: Exception) -> None:
        """Leave a network to the plain lowering, and say why; or refuse it, if that is wanted."""
        if self.lowering == "fused":
            raise MirrorError(
                f"lowering='fused' does not cover this network. {error}\nWrite lowering='auto' or "
                "'plain'."
            ) from None
        # Mirrors that check gradients, or compare with Brian2, are asked to run like this.
        say = logger.debug if self._target.smooth or self._target.exact else logger.warn
        say(f"This network runs in the plain lowering. {error}", once=True)
