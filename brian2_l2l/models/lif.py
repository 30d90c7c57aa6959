"""The leaky integrate-and-fire neuron."""

from brian2.units import check_units, ms, mV, second

from brian2_l2l.models.model import build_model, drive, potential_unit


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
    refractory : `Quantity`
        Refractory period.
    tau_syn : `Quantity`, optional
        Time constant of the synaptic current. With it, synapses write ``I_syn_post += w``; without
        it, ``v_post += w``.
    input : str, optional
        External input, added to the current, such as ``'stimulus(t, i)'``. Like ``I_syn`` it has
        the unit of the potentials (the current times the membrane resistance).
    per_neuron : iterable of str, optional
        Parameters with one value per neuron.

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
    parameters = {
        "tau_m": tau_m,
        "v_threshold": v_threshold,
        "v_reset": v_reset,
        "v_rest": v_rest,
        "t_refractory": refractory,
    }
    if tau_syn is not None:
        check_different(tau_m=tau_m, tau_syn=tau_syn)
        parameters["tau_syn"] = tau_syn
    current, current_lines = drive(unit, input, None if tau_syn is None else "-I_syn/tau_syn")
    membrane = f"dv/dt = (v_rest - v{current})/tau_m : {unit} (unless refractory)"
    return build_model(
        [membrane, *current_lines],
        parameters,
        per_neuron,
        threshold="v > v_threshold",
        reset="v = v_reset",
        refractory="t_refractory",
        initial_values={"v": v_rest},
    )


def check_different(tau_m, tau_syn):
    """
    Refuse two equal time constants.

    Parameters
    ----------
    tau_m, tau_syn : `Quantity`
        The exact solution has their difference in a denominator.

    Raises
    ------
    ValueError
        If they are equal.
    """
    if tau_m == tau_syn:
        raise ValueError(
            f"tau_m and tau_syn are both {tau_m}: the exact solution of the equations needs two "
            f"different values. Change one of them slightly."
        )
