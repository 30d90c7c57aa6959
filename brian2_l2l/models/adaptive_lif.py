"""
The adaptive integrate-and-fire neuron of the LSNN.

The threshold is ``B = v_threshold + beta*b``. A spike subtracts ``B`` from ``v`` and raises ``b``,
a trace of the spikes with time constant ``tau_a``. The membrane keeps integrating while the neuron
is refractory. The rest is at 0. There are two orders of updates.

Order ``'brian2'``, the schedule of any Brian2 neuron: (1) ``v`` and ``b`` move on, both by their
exact solution; (2) the new ``v`` is compared with the new ``B``, in which the spikes of earlier
steps count; (3) synapses act; (4) ``v -= B``, and ``b`` rises by ``1 ms/tau_a``.

Order ``'paper'``, with ``alpha = exp(-dt/tau_m)``, ``rho = exp(-dt/tau_a)``, the spikes ``z`` as 0
or 1, and ``dt`` in milliseconds::

    b[t+1] = rho b[t] + (1 - rho) z[t]/dt
    B[t+1] = v_threshold + beta b[t+1]
    v[t+1] = alpha v[t] + (1 - alpha) I[t] - z[t] B[t+1]
    z[t+1] = v[t] > B[t+1], and 0 for refractory/dt steps after a spike

So ``b`` rises, and ``v`` falls, one step after the spike, and the *old* ``v`` is compared with the
*new* ``B``; ``v_before`` is this old ``v``. ``I[t]`` is the input at time ``t`` plus the weights of
the spikes ``z[t]`` (of earlier ones, where synapses have delays). The reset of Brian2 acts in the
step of the spike: it changes ``v`` and ``b`` such that the next update gives the values above. At
the end of all steps without a spike, ``v`` and ``b`` are those of the recurrence.

References
----------
Bellec, Salaj, Subramoney, Legenstein, Maass 2018, NeurIPS, arXiv 1803.09574
"""

from brian2.units import check_units, ms, second

from brian2_l2l.errors import did_you_mean
from brian2_l2l.models.building import (
    build_model,
    check_different,
    drive,
    exponential_decay,
    potential_unit,
)


@check_units(tau_m=second, tau_a=second, refractory=second, tau_syn=second)
def adaptive_lif(
    tau_m=20 * ms,
    tau_a=700 * ms,
    v_threshold=0.01,
    beta=1.8,
    refractory=5 * ms,
    tau_syn=None,
    input=None,
    order="brian2",
    per_neuron=(),
):
    """
    Integrate-and-fire neuron whose threshold rises with each of its spikes.

    Parameters
    ----------
    tau_m, tau_a : `Quantity`
        Time constants of the membrane and of the adaptation.
    v_threshold : `Quantity` or float
        Threshold without adaptation, in volts or as a plain number. ``v``, ``B``, ``beta`` and the
        currents have the same unit.
    beta : `Quantity` or float
        Strength of the adaptation: the rise of the threshold at one spike per millisecond.
    refractory : `Quantity`
        No spike for this time after a spike. In the order ``'paper'`` a spike is possible again
        one time step later than in the other, ``refractory/dt + 1`` steps after the last one.
    tau_syn : `Quantity`, optional
        See `brian2_l2l.models`. Without it, synapses write ``v_post += w`` in the order
        ``'brian2'``; in the order ``'paper'`` they still write ``I_syn_post += w``, and the
        current lasts one time step.
    order : {'brian2', 'paper'}
        The order of updates, described in this module's docstring.
    input, per_neuron
        See `brian2_l2l.models`.

    Returns
    -------
    model : `Model`

    Raises
    ------
    DimensionMismatchError
        If a parameter has the wrong unit.
    ValueError
        If a time constant is not positive, ``order`` is not known, ``tau_syn`` equals ``tau_m`` in
        the order ``'brian2'``, or ``refractory`` is zero in the order ``'paper'``.
    """
    if order not in _ORDERS:
        raise ValueError(
            f"order is {order!r}; write 'brian2' or 'paper'.{did_you_mean(str(order), _ORDERS)}"
        )
    unit = potential_unit(v_threshold=v_threshold, beta=beta)
    parameters = {"tau_m": tau_m, "tau_a": tau_a, "v_threshold": v_threshold, "beta": beta}
    parameters |= {"t_refractory": refractory, "tau_syn": tau_syn}
    lines, parts = _ORDERS[order](parameters, unit, input)
    return build_model(lines, parameters, per_neuron, **parts)


def _brian2_order(parameters, unit, input_expression):
    check_different(parameters["tau_m"], parameters["tau_syn"])
    decay = exponential_decay(parameters["tau_syn"])
    current, current_lines = drive(unit, input_expression, decay)
    lines = [
        f"dv/dt = (-v{current})/tau_m : {unit}",
        "db/dt = -b/tau_a : 1",
        f"B = v_threshold + beta*b : {unit}",
        *current_lines,
    ]
    return lines, {
        "threshold": "v > B",
        "reset": "v -= B\nb += ms/tau_a",
        "refractory": "t_refractory",
        "method": "exact",
    }


def _paper_order(parameters, unit, input_expression):
    if not parameters["t_refractory"] > 0 * second:
        raise ValueError(
            "refractory is 0 ms; the order 'paper' needs at least one time step, because the "
            "comparison right after a spike must not matter. Write refractory=1*ms, or use the "
            "order 'brian2'."
        )
    # One Euler step of these equations is the paper's recurrence: the factor in front makes the
    # decay over dt the exact one, and a current that decays with dt itself lasts one step.
    lasting = parameters["tau_syn"] is not None
    decay = "-I_syn*(1 - exp(-dt/tau_syn))/dt" if lasting else "-I_syn/dt"
    current, current_lines = drive(unit, input_expression, decay)
    lines = [
        f"dv/dt = (-v{current})*(1 - exp(-dt/tau_m))/dt : {unit}",
        "db/dt = -b*(1 - exp(-dt/tau_a))/dt : 1",
        f"B = v_threshold + beta*b : {unit}",
        f"v_before = v : {unit} (constant over dt)",
        *current_lines,
    ]
    return lines, {
        "threshold": "v_before > B",
        "reset": (
            "b += (exp(dt/tau_a) - 1)*(ms/dt)\n"
            "v -= (v_threshold + beta*b*exp(-dt/tau_a))*exp(dt/tau_m)"
        ),
        "refractory": "t_refractory + dt",
        "method": "euler",
    }


_ORDERS = {"brian2": _brian2_order, "paper": _paper_order}
