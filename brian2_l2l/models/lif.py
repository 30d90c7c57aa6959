"""
The leaky integrate-and-fire neuron.

::

    tau_m dv/dt = v_rest - v + I      (v stands still while the neuron is refractory)
    at v > v_threshold: v -> v_reset
"""

from brian2.units import check_units, ms, mV, second

from brian2_l2l.models.building import (
    build_model,
    check_different,
    drive,
    exponential_decay,
    potential_unit,
)


@check_units(tau_m=second, refractory=second, tau_syn=second)
def lif(
    tau_m=20 * ms,
    v_threshold=-50 * mV,
    v_reset=-60 * mV,
    v_rest=-60 * mV,
    refractory=2 * ms,
    tau_syn=None,
    input=None,
    per_neuron=(),
):
    """
    Leaky integrate-and-fire neuron with a refractory period, in which ``v`` stands still.

    Parameters
    ----------
    tau_m : `Quantity`
        Membrane time constant.
    v_threshold, v_reset, v_rest : `Quantity` or float
        Potentials, all in volts or all plain numbers.
    refractory, tau_syn, input, per_neuron
        See `brian2_l2l.models`.

    Returns
    -------
    model : `Model`

    Raises
    ------
    DimensionMismatchError
        If a parameter has the wrong unit.
    ValueError
        If a time constant is not positive, or ``tau_syn`` equals ``tau_m``.
    """
    unit = potential_unit(v_threshold=v_threshold, v_reset=v_reset, v_rest=v_rest)
    check_different(tau_m, tau_syn)
    potentials = {"v_threshold": v_threshold, "v_reset": v_reset, "v_rest": v_rest}
    current, current_lines = drive(unit, input, exponential_decay(tau_syn))
    membrane = f"dv/dt = (v_rest - v{current})/tau_m : {unit} (unless refractory)"
    return build_model(
        [membrane, *current_lines],
        {"tau_m": tau_m, **potentials, "t_refractory": refractory, "tau_syn": tau_syn},
        per_neuron,
        threshold="v > v_threshold",
        reset="v = v_reset",
        refractory="t_refractory",
        initial_values={"v": v_rest},
    )
