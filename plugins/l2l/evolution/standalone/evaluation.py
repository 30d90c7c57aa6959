"""A Brian2 network as an inner function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from brian2 import Network

from brian2_l2l_plugins.l2l.evolution.standalone.program import Program


class StandaloneEvaluation:
    """Runs a Brian2 network in C++ standalone with the values of parameters.

    The network is compiled once in each process, and run for each evaluation. It needs a C++
    compiler and make.

    Parameters
    ----------
    build : callable
        ``build()`` makes the network with named groups, runs it as a script would,
        ``net.run(1*second)``, and returns the `Network`. It sets no device. Parameters have the
        names of a group and its variable, such as ``'neurons.tau_m'`` or ``'S.w'``, and one value
        for all neurons or synapses. They replace what `build` assigns to these variables before
        the first run, and what it computes from them follows.
    cost : callable
        ``cost(net)`` reads the network after the run and returns a number; less is better.
    build_seed : int
        The seed of the numbers that `build` draws with ``numpy.random`` or ``random``, so that the
        network is the same in all processes. Generators that it makes itself need a seed of its
        own.

    Notes
    -----
    The seed of an evaluation decides what Brian2 draws: in the run, and before it with string
    expressions such as ``'rand()'`` and in ``connect(p=0.1)``. Where `build` calls ``seed(42)``,
    what follows is the same in all evaluations, for example the connections; ``seed()`` goes on
    with random numbers of the evaluation.

    A process has one device: evaluations of two networks that take turns in it are built anew each
    time.

    Brian2 compiles for the processor it is on (``-march=native``). On a cluster of different
    processors, results may differ by rounding.

    Raises
    ------
    TrainingError
        When it is called, if `build` does not do what it must, a parameter is no variable of the
        network that can be set, or the program cannot be compiled or run.
    """

    def __init__(
        self, build: Callable[[], Network], cost: Callable[[Network], Any], build_seed: int = 0
    ) -> None:
        self.build, self.cost, self.build_seed = build, cost, build_seed
        self._program: Program | None = None
        self._problem: Exception | None = None

    def __call__(self, values: Mapping[str, Any], seed: int) -> float:
        """Run the network and return its cost.

        Parameters
        ----------
        values : dict
            Name of the parameter -> quantity or number.
        seed : int
            From 0 to 2**32 - 1.
        """
        return float(self.cost(self.run(values, seed)))

    def run(self, values: Mapping[str, Any], seed: int) -> Network:
        """Run the network and return it, for example to draw what its monitors have recorded.

        They have the values of this run until the next one. Parameters are those of a call.
        """
        if self._problem is not None:
            # It would take as long again to fail again.
            raise self._problem
        if self._program is None or not self._program.fits(values):
            # The one before may be no more than its files: the device is of the last one built.
            self._program = None
            try:
                self._program = Program(self.build, tuple(values), self.build_seed)
            except Exception as error:
                self._problem = error
                raise
        return self._program.run(values, seed)

    def __getstate__(self) -> dict[str, Any]:
        # Each process compiles its own.
        return {**vars(self), "_program": None, "_problem": None}
