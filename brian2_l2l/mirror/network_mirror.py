"""The mirror of a network: a module of torch that runs it for a batch, with gradients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from brian2 import Synapses, prefs
from brian2.units.allunits import second
from brian2.units.fundamentalunits import Quantity

from ..errors import MirrorError
from ..spec.network_spec import NetworkSpec
from .checkpointing import run_in_segments, segment_length
from .connections import Connections, Moved
from .fused.coverage import NotCoveredError
from .given import Given, graded_names
from .initial import read_initial
from .inputs import InputReader
from .intervals import intervals_of
from .live import LiveNetwork
from .lookup import Lookup, name_of
from .loop import run
from .program import Program, go_on, make_state
from .programs import Programs
from .random import random_source
from .records import Record, Request, read_requests
from .rewiring import Wiring
from .sharing import refuse_gradients
from .state import State
from .target import Target
from .values import Value, Values, read_trainables

__all__ = ["Mirror"]

#: No records, no arrays that are tensors besides the trained ones, nothing that is fed.
NOTHING = (), frozenset(), frozenset()


class Mirror(torch.nn.Module):
    """A Brian2 network as a batched, differentiable PyTorch program.

    Made by `brian2_l2l.mirror`. The parameters are the trained variables, each in the unit that
    ``print(mirror)`` shows. Every run starts from the state that the network had when the mirror
    was made.

    Attributes
    ----------
    batch_size : int
        The number of trials of a run whose inputs do not tell.
    """

    def __init__(
        self,
        live: LiveNetwork,
        target: Target,
        namespace,
        trainable,
        batch_size,
        checkpoint,
        lowering=None,
    ):
        super().__init__()
        self.batch_size, self.checkpoint = batch_size, checkpoint
        self._live, self._target = live, target
        self._lookup = Lookup(live, live.spec)
        self.values = Values(read_trainables(trainable, self._lookup, target))
        self.moved = Moved()
        self._trained = frozenset(value.array for value in self.values.by_key.values())
        lowering = lowering or prefs["l2l.lowering"]
        self._programs = Programs(live, target, self._trained, namespace, lowering)
        # What cannot be lowered is refused here, before any run.
        self._programs.plain(*NOTHING)
        self._wiring = Wiring(live, self._programs, self._lookup, self.values, self.moved)

    @property
    def spec(self) -> NetworkSpec:
        """The recorded network."""
        return self._programs.spec

    @property
    def dt(self) -> Quantity:
        """The time step of the network; the shortest one, if there are several clocks."""
        return min(clock.dt for clock in self.spec.clocks.values()) * second

    @property
    def source(self) -> str:
        """The generated program of all steps, as Python source."""
        return self._programs.plain(*NOTHING).source

    @property
    def constants(self) -> dict[str, np.ndarray]:
        """The values, in SI units, of all ``(constant)`` parameters that are not trained."""
        others = self._trained.union(*(clock.arrays for clock in self.spec.clocks.values()))
        return {
            name: array.values
            for name, array in self.spec.arrays.items()
            if array.constant and array.kind == "float" and name not in others
        }

    def run(
        self,
        duration: Quantity,
        inputs: Mapping | None = None,
        initial: Mapping | None = None,
        record: Sequence[tuple] = (),
        seed: int | None = None,
        state: State | None = None,
    ) -> Record:
        """Run the network for a batch of trials.

        Parameters
        ----------
        duration : Quantity
            A multiple of the time step of every clock.
        inputs : mapping, optional
            Per trial, in SI units: spikes ``[time, batch, neuron]`` of a ``SpikeGeneratorGroup`` or
            ``PoissonGroup``, 0 or 1, dense or sparse (COO), in place of its own; values ``[row,
            batch, column]`` of a ``TimedArray``; with the key ``(group, 'parameter')`` values
            ``[time, batch, neuron]`` of a parameter.
        initial : mapping, optional
            Start values by ``(group, 'variable')``: ``[batch, neuron]``, ``[neuron]`` or a scalar.
        record : sequence of tuple
            ``(group, 'variable')`` and ``(group, 'spikes')`` (or the name of another event) are
            recorded at the end of every time step as ``[time, batch, neuron]``. A third entry
            ``'sum'``, ``'mean'`` or ``'last'`` gives ``[batch, neuron]`` and needs less memory.
        seed : int, optional
            Seeds the random numbers of the network. By default torch's generator decides; in
            conformance numpy's global generator, as in Brian2.
        state : State, optional
            ``record.state`` of an earlier run, to go on from there.

        Returns
        -------
        record : Record
            The recorded tensors by key. Spikes are 0 or 1 and have the surrogate's gradient.

        Raises
        ------
        MirrorError
            If an argument does not fit the network; the message says which, and what to give.
        """
        clocks = intervals_of(self.spec, duration, state)
        given = InputReader(self._lookup, clocks, self._target).read(inputs)
        read_initial(initial, self._lookup, given, self._target)
        requests = read_requests(record, self._lookup)
        key = requests, given.tensors, given.feeds
        now = self._start(self._programs.plain(*key), given, seed, state)
        now, found = self._run_fused(key, now, clocks, given) or self._run_plain(key, now, clocks)
        now.random.finish()
        now.records = {}
        return Record(found, now)

    def _run_fused(self, key, state: State, clocks, given: Given) -> tuple[State, dict] | None:
        """Return the state after a run and its records; None where it runs in torch."""
        try:
            graded = self._trained | graded_names(given, state)
            if self._target.shared:
                refuse_gradients(graded)
            runner = self._programs.fused(*key, graded)
            if runner is None:
                return None
            after = runner.run(state, clocks, given, self.checkpoint)
        except NotCoveredError as error:
            return self._programs.give_way(error)
        return after, {r.key: r.finish(after.records[r.key], _steps(clocks, r)) for r in key[0]}

    def _run_plain(self, key, state: State, clocks) -> tuple[State, dict]:
        program, segment = self._programs.plain(*key), segment_length(self.checkpoint, clocks)
        # The clocks move on.
        steps = {request: _steps(clocks, request) for request in key[0]}
        program.prepare(state)
        if segment is not None and torch.is_grad_enabled():
            state = run_in_segments(program, state, clocks, segment)
        else:
            run(program, state, clocks)
        return state, {r.key: r.join(state.records[r.key], steps[r]) for r in key[0]}

    def value(self, owner, variable: str) -> Quantity:
        """Return the present value of a trained variable, with units.

        Parameters
        ----------
        owner : brian2 object or str
        variable : str

        Raises
        ------
        MirrorError
            If this variable is not trained.
        """
        known = self.values.by_key
        if (name_of(owner), variable) not in known:
            names = ", ".join(f"{key[0]}.{key[1]}" for key in known) or "nothing"
            raise MirrorError(
                f"'{name_of(owner)}.{variable}' is not trained; the mirror trains {names}."
            )
        value = known[name_of(owner), variable]
        return Quantity(self._numbers(value), dim=value.dimensions)

    @property
    def synapses(self) -> dict[str, Synapses]:
        """The Synapses objects of the network, by name."""
        return {n: o for n, o in self._live.objects.items() if isinstance(o, Synapses)}

    def connections(self, synapses) -> Connections:
        """Return the present connections of synapses.

        Parameters
        ----------
        synapses : Synapses or str
        """
        return self._wiring.connections(synapses)

    def rewire(
        self, synapses, sources, targets, values: Mapping | None = None, origins=None
    ) -> None:
        """Move the connections of synapses.

        Parameters
        ----------
        synapses : Synapses or str
        sources, targets : array of int, shape (synapse,)
            As ``i`` and ``j`` of Brian2's ``connect``. There may be more or fewer than before;
            then the parameters of the synapses change their shape and lose their gradients.
        values : mapping of str to torch.Tensor, optional
            What the synapses have at their new places, by variable: of trained variables the
            values of the parameter, of others values in SI units. Variables that are not given
            keep their values, synapse by synapse.
        origins : array of int, shape (synapse,), optional
            The number of the former synapse from which each has what is not given, as its delay.

        Raises
        ------
        MirrorError
            If the connections are not valid, or values are missing because their number changes.
        """
        self._wiring.rewire(synapses, sources, targets, values, origins)

    def write_back(self, state: State | None = None) -> None:
        """Store the trained values, and connections that moved, in the Brian2 objects.

        Parameters
        ----------
        state : State, optional
            Of a run; what its trials have learned together is stored too.

        Raises
        ------
        MirrorError
            If a variable has another size now than when the mirror was made.
        """
        self._wiring.store()
        found = {value.array: self._numbers(value) for value in self.values.by_key.values()}
        if state is not None:
            found |= {n: state.arrays[n].cpu().double().numpy() for n in self._target.shared}
        for array, numbers in found.items():
            self._live.put(array, numbers)

    def __repr__(self):
        lines = [f"Mirror(batch_size={self.batch_size}, dtype={self._target.dtype})"]
        lines += [f"  trains {value}" for value in self.values.by_key.values()]
        return "\n".join(lines)

    def _load_from_state_dict(self, state_dict, prefix, *arguments):
        # Connections come first, because parameters have a value for each.
        self._wiring.load(state_dict, prefix)
        super()._load_from_state_dict(state_dict, prefix, *arguments)

    def _apply(self, function, recurse=True):
        raise MirrorError(
            "A mirror cannot be moved or change its type. Make it where it shall run: "
            "l2l.mirror(network, device=..., dtype=...)."
        )

    def _numbers(self, value: Value):
        with torch.no_grad():
            return value.si(self.values.raw(value)).cpu().double().numpy()

    def _start(self, program: Program, given: Given, seed, previous: State | None) -> State:
        if previous is not None:
            given.meet(previous.batch, "The state to go on from")
        batch = given.batch or self.batch_size
        arrays = {**self.values.arrays(), **given.initial}
        random = random_source(self._target, seed, batch, previous)
        if previous is None:
            state = make_state(program, batch, random, arrays, given.tables)
        else:
            state = go_on(program, previous, random, arrays, given.initial, given.tables)
        state.inputs = {**given.spikes, **given.parameters}
        return state


def _steps(clocks: Mapping, request: Request) -> int:
    clock = clocks[request.clock]
    return clock.end - clock.step
