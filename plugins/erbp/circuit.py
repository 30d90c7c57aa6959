"""All that is added to the layers of a network so that it learns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from brian2 import BrianObject, NeuronGroup, PoissonInput, Synapses
from brian2.units import Quantity, get_unit, ms, mV

from brian2_l2l.errors import RuleError
from brian2_l2l.rules import Quantisation, Rule
from brian2_l2l_plugins.erbp.neurons import (
    ERROR_THRESHOLD,
    background_noise,
    error_neurons,
    label_neurons,
)
from brian2_l2l_plugins.erbp.rule import erbp_rule
from brian2_l2l_plugins.erbp.writing import written

__all__ = ["ErbpCircuit", "erbp"]

#: Start weights and random feedback are uniform within the root of this over the number of neurons
#: on both sides.
SPREAD = 7.0
#: How much a spike of a label or of an output adds to an error neuron.
ERROR_STEP = 90 * mV
#: How much an error spike moves the dendrite of its output neuron.
OUTPUT_FEEDBACK = 0.09


@dataclass(frozen=True, eq=False)
class ErbpCircuit:
    """What `erbp` has made, all of it standard Brian2 objects; printed, it shows their code.

    Attributes
    ----------
    layers : tuple of Synapses
        Those that learn, from the first layer on; ``w`` is their weight.
    label : NeuronGroup
        A neuron for each class.
    error : NeuronGroup
        Two for each class: first those for what is missing, then those for what is too much.
    comparison : tuple of Synapses
        From the labels and from the outputs to the error neurons.
    feedback : tuple of Synapses
        From the error neurons to the dendrites of each layer; ``g`` is their weight. That of a
        hidden neuron adds up to zero over what is missing, and is the opposite for what is too
        much.
    noise : tuple of PoissonInput
        For the currents of each layer; empty where transmission is noisy.
    start : dict
        ``(synapse,)`` by names such as ``'erbp_layer_0.w'``: the start weights without units.
    """

    layers: tuple[Synapses, ...]
    label: NeuronGroup
    error: NeuronGroup
    comparison: tuple[Synapses, ...]
    feedback: tuple[Synapses, ...]
    noise: tuple[PoissonInput, ...]
    start: Mapping[str, np.ndarray]

    @property
    def objects(self) -> list[BrianObject]:
        """All objects, to be added to a `Network` with those of the user."""
        return [
            *self.layers,
            self.label,
            self.error,
            *self.comparison,
            *self.feedback,
            *self.noise,
        ]

    def __str__(self) -> str:
        return "\n\n".join(map(written, self.objects))


def erbp(
    source: Any,
    hidden: Any | Sequence[Any],
    output: Any,
    *,
    label: str,
    learning: str = "1",
    delay: Quantity = 0.8 * ms,
    error_threshold: Quantity = ERROR_THRESHOLD,
    rule: Callable[..., Rule] = erbp_rule,
    random: np.random.Generator | int | None = None,
    name: str = "erbp",
    **options: Any,
) -> ErbpCircuit:
    """Add to the layers of a feed-forward network all that learns by random backpropagation.

    Parameters
    ----------
    source : NeuronGroup or another group
        The data neurons.
    hidden : NeuronGroup or sequence of NeuronGroup
        The hidden layers, from the first one on.
    output : NeuronGroup
        With a neuron for each class. These and the hidden layers are made of `erbp_neurons`, or of
        any model with ``I_syn``, ``U`` and ``plasticity``.
    label, learning : str
        Expressions: the class from 0 on, such as ``'label(t)'`` with a TimedArray, and what is 1
        while the network learns and 0 otherwise.
    delay, error_threshold : Quantity
        Of all connections; and of the error neurons. The larger it is, the fewer of their spikes
        come of chance, and the smaller are the changes of weights.
    rule : callable
        `erbp_rule`, or a function of the same arguments that returns a changed one (`Rule.with_`).
    random : numpy.random.Generator or int, optional
        Of the start weights and the feedback.
    name : str
        The names of all objects begin with it.
    **options
        Of the rule, where ``quantisation`` may be a sequence with one for each layer. With
        ``transmission=1`` all layers have background noise; ``current`` stands for ``'I_syn'``.

    Raises
    ------
    RuleError
        If a layer lacks a variable, or an option is not valid.
    """
    random = np.random.default_rng(random)
    groups = [*(hidden if isinstance(hidden, Sequence) else [hidden]), output]
    start, layers = _layers([source, *groups], rule, delay, random, name, options)
    labels = label_neurons(len(output), label, learning, name=f"{name}_label")
    errors = error_neurons(len(output), learning, error_threshold, name=f"{name}_error")
    return ErbpCircuit(
        layers,
        labels,
        errors,
        _comparison(labels, output, errors, delay, name),
        _feedback(errors, groups, delay, random, name),
        _noise(groups, **options),
        start,
    )


def _noise(
    groups, *, transmission: float | None = None, current: str = "I_syn", **_: Any
) -> tuple[PoissonInput, ...]:
    # Where synapses drop spikes, they make the noise.
    return tuple(background_noise(g, current=current) for g in groups if transmission == 1)


def _quantisations(layers: int, given: Any) -> Sequence[Quantisation | None]:
    each = given if isinstance(given, Sequence) else layers * [given]
    if len(each) != layers:
        raise RuleError(
            f"quantisation= has {len(each)} entries for {layers} layers of synapses. Give one for "
            "each, from the first on, or one for all."
        )
    return each


def _layers(groups, make_rule, delay, random, name, options) -> tuple[dict, tuple[Synapses, ...]]:
    pairs = list(pairwise(groups))
    each = _quantisations(len(pairs), options.get("quantisation"))
    rules = [
        make_rule(after, **options | {"quantisation": few})
        for (_, after), few in zip(pairs, each, strict=True)
    ]
    for rule, (before, after) in zip(rules, pairs, strict=True):
        rule.check(before, after)
        _check_dendrite(after)
    found, weights = [], {}
    for k, (rule, (before, after)) in enumerate(zip(rules, pairs, strict=True)):
        synapses = rule.synapses(before, after, delay=delay, name=f"{name}_layer_{k}")
        start = _connect(synapses, _spread(random, len(before), len(after)))
        start = start * get_unit(synapses.variables[rule.weight].dim)
        few = rule.quantisation
        start = start if few is None else few.round(start, random)
        setattr(synapses, rule.weight, start)
        weights[f"{synapses.name}.{rule.weight}"] = np.array(start)
        found.append(synapses)
    return weights, tuple(found)


def _check_dendrite(group: Any) -> None:
    if "U" not in group.variables:
        raise RuleError(
            f"'{group.name}' has no dendrite 'U' for the error. Make it of erbp_neurons(), or add "
            "'dU/dt = -U/tau_dendrite : 1' to its equations."
        )


def _spread(random: np.random.Generator, before: int, after: int) -> np.ndarray:
    largest = np.sqrt(SPREAD / (before + after))
    return random.uniform(-largest, largest, (before, after))


def _connect(synapses: Synapses, weights: np.ndarray) -> np.ndarray:
    """Connect what has a weight in a matrix, and return these weights in the order of synapses."""
    # In C++ standalone, only given pairs are known before the program runs.
    i, j = weights.nonzero()
    synapses.connect(i=i, j=j)
    return weights[i, j]


def _comparison(labels, output, errors, delay, name) -> tuple[Synapses, ...]:
    found = []
    for source, sign, word in ((labels, 1, "label"), (output, -1, "output")):
        synapses = Synapses(
            source,
            errors,
            "step : volt (constant)",
            on_pre="E_post += step",
            delay=delay,
            name=f"{name}_{word}_to_error",
        )
        signs = sign * np.hstack([np.eye(len(output)), -np.eye(len(output))])
        synapses.step = _connect(synapses, signs) * ERROR_STEP
        found.append(synapses)
    return tuple(found)


def _feedback(errors, groups, delay, random, name) -> tuple[Synapses, ...]:
    classes, found = len(errors) // 2, []
    for k, group in enumerate(groups):
        synapses = Synapses(
            errors,
            group,
            "g : 1 (constant)",
            on_pre="U_post += g",
            delay=delay,
            name=f"{name}_feedback_{k}",
        )
        if group is groups[-1]:
            weights = OUTPUT_FEEDBACK * np.eye(classes)
        else:
            weights = _spread(random, classes, len(group))
            weights -= weights.mean(axis=0)
        synapses.g = _connect(synapses, np.concatenate([weights, -weights]))
        found.append(synapses)
    return tuple(found)
