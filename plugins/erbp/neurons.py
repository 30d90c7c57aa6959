"""Neurons that learn by their dendrite, and those that find the error."""

from __future__ import annotations

from typing import Any

from brian2 import Equations, NeuronGroup, PoissonInput
from brian2.units import Hz, Quantity, check_units, get_unit, ms, mV, second, volt

from brian2_l2l.models import Model, gating_dendrite

__all__ = ["background_noise", "error_neurons", "erbp_neurons", "label_neurons"]

#: Of all neurons of a class: the time between two spikes that come as fast as they can.
REFRACTORY = 4 * ms
#: Of an error neuron, which a spike of a label or of an output moves by a little less.
ERROR_THRESHOLD = 100 * mV
#: By default of `erbp_neurons`; the same numbers where the current has no unit.
RATE, GATE = 6e-4 * volt, 1.15 * volt


def erbp_neurons(
    learning: str = "1",
    rate: Quantity | float = RATE,
    gate: Quantity | float | None = GATE,
    **options: Any,
) -> Model:
    """Integrate-and-fire neurons whose dendrite says how the weights of their synapses change.

    Parameters
    ----------
    learning : str
        An expression that is 1 while the network learns and 0 otherwise, such as ``'learning(t)'``
        with a TimedArray.
    rate : Quantity or float
        By how much an active synapse changes when the dendrite is at 1, in the unit of the
        synaptic current.
    gate : Quantity or float, optional
        Nothing is learned while the synaptic current is further than this from zero: 1.15 V with
        one hidden layer, 0.6 V with more. With None, something is learned whatever the current. An
        output neuron that is beyond it from the start, for all samples of its class, never learns.
    **options
        Of `brian2_l2l.models.gating_dendrite`. A neuron is refractory for 4 ms unless told
        otherwise, which is 4 ms from spike to spike for every time step that divides it.

    Returns
    -------
    model : Model
        That of `gating_dendrite`, with ``plasticity``, the change of a weight. Neurons of any other
        model can learn if they have ``I_syn`` and ``plasticity`` in one unit, and ``U``.
    """
    model = gating_dendrite(**{"refractory": REFRACTORY, **options})
    unit = model.equations["v"].dim
    kind = "1" if unit.is_dimensionless else "volt"
    if unit.is_dimensionless:
        rate, gate = (
            float(size) if size is RATE or size is GATE else size for size in (rate, gate)
        )
    namespace, opened = {"learning_rate": rate}, ""
    if gate is not None:
        namespace["gate"], opened = gate, "*int(abs(I_syn) < gate)"
    change = f"learning_rate*U{opened}*({learning})"
    equations = model.equations + Equations(f"plasticity = {change} : {kind} (constant over dt)")
    return model.with_(equations=equations, namespace=namespace)


@check_units(threshold=volt)
def error_neurons(
    classes: int, learning: str, threshold: Quantity = ERROR_THRESHOLD, **options: Any
):
    """Make the neurons that fire for what is missing, and then those for what is too much.

    Parameters
    ----------
    classes : int
        There are twice as many neurons: the first half fires for spikes of the label that the
        output has not, the other half for spikes of the output that the label has not.
    learning : str
        An expression; while it is 0, they forget what they have added up.
    threshold : Quantity
    **options
        Of `NeuronGroup`.

    Returns
    -------
    neurons : NeuronGroup
        Without a leak: ``E`` is what synapses have added to it, never below zero; a spike subtracts
        the threshold.
    """
    namespace = {"error_threshold": threshold, **options.pop("namespace", {})}
    neurons = NeuronGroup(
        2 * classes,
        "E : volt",
        threshold="E > error_threshold",
        reset="E -= error_threshold",
        namespace=namespace,
        **options,
    )
    neurons.run_regularly(
        f"E = clip(E, 0*volt, inf*volt)*int(({learning}) > 0)", when="groups", order=1
    )
    return neurons


@check_units(refractory=second)
def label_neurons(
    classes: int, label: str, learning: str, refractory: Quantity = REFRACTORY, **options: Any
):
    """Make the neurons of which that of the right class fires, as fast as it can.

    Parameters
    ----------
    classes : int
    label : str
        An expression that is the class from 0 on, such as ``'label(t)'`` with a TimedArray.
    learning : str
        An expression; while it is 0, no neuron fires.
    refractory : Quantity
        The time between two spikes.
    **options
        Of `NeuronGroup`.
    """
    return NeuronGroup(
        classes,
        "",
        threshold=f"int(({label}) + 0.5) == i and ({learning}) > 0",
        refractory=refractory,
        **options,
    )


@check_units(rate=Hz)
def background_noise(
    group: NeuronGroup,
    rate: Quantity = 1000 * Hz,
    weight: Quantity | float | None = None,
    current: str = "I_syn",
) -> PoissonInput:
    """Make the noise of neurons whose synapses transmit all spikes.

    Parameters
    ----------
    group : NeuronGroup
    rate : Quantity
        Of all sources of a neuron together.
    weight : Quantity or float, optional
        In the unit of the current; 0.05 of it when left out.
    current : str
        The variable of the group that it is added to.
    """
    dimensions = group.variables[current].dim
    # Brian2 writes the size into code, where a number must be one of Python.
    unit = 1 if dimensions.is_dimensionless else get_unit(dimensions)
    size = 0.05 * unit if weight is None else weight
    # Many slow sources, so that more than one may fire in a time step.
    return PoissonInput(group, current, 20, rate / 20, size)
