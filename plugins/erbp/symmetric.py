"""The control of random feedback: feedback through the weights themselves."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping

import numpy as np

from brian2_l2l_plugins.erbp.circuit import ErbpCircuit

__all__ = ["symmetric_feedback"]


def symmetric_feedback(circuit: ErbpCircuit) -> Callable[[MutableMapping[str, np.ndarray]], None]:
    """Return a function that makes the feedback that of backpropagation.

    The feedback of an error neuron to a hidden neuron is then the product of the weights on the way
    from there to the output, in units of the synaptic current. Give it to a `Presenter` as
    ``between``, with the feedback among what is learned: ``(synapses, 'g')`` for each of
    ``circuit.feedback``.

    Parameters
    ----------
    circuit : ErbpCircuit
        With all pairs of neurons of neighbouring layers connected, as `erbp` makes them.

    Returns
    -------
    between : callable
        ``between(values)`` changes the feedback in a mapping from names such as ``'S.g'``.
    """
    shapes = [(len(layer.source), len(layer.target)) for layer in circuit.layers]

    def between(values: MutableMapping[str, np.ndarray]) -> None:
        way = np.eye(shapes[-1][1])
        for k in range(len(shapes) - 2, -1, -1):
            weights = values[f"{circuit.layers[k + 1].name}.w"].reshape(shapes[k + 1])
            way = weights @ way
            # A neuron for what is missing for each class, then one for what is too much.
            both = np.concatenate([way.T, -way.T])
            values[f"{circuit.feedback[k].name}.g"] = both.ravel()

    return between
