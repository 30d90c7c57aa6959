"""The adaptive exponential integrate-and-fire neuron."""

from brian2.units import amp, check_units, farad, ms, mV, nA, nS, pF, second, siemens, volt

from brian2_l2l.models.model import build_model, drive


@check_units(
    C=farad,
    g_L=siemens,
    E_L=volt,
    V_T=volt,
    Delta_T=volt,
    tau_w=second,
    a=siemens,
    b=amp,
    v_reset=volt,
    v_cut=volt,
    refractory=second,
    tau_syn=second,
)
def adaptive_exponential(
    C=281 * pF,
    g_L=30 * nS,
    E_L=-70.6 * mV,
    V_T=-50.4 * mV,
    Delta_T=2 * mV,
    tau_w=144 * ms,
    a=4 * nS,
    b=0.0805 * nA,
    v_reset=-70.6 * mV,
    v_cut=None,
    refractory=0 * ms,
    tau_syn=None,
    input=None,
    per_neuron=(),
):
    """
    Integrate-and-fire neuron with an exponential upswing and an adaptation current [1]_.

    Parameters
    ----------
    C, g_L, E_L : `Quantity`
        Capacitance, leak conductance and leak potential.
    V_T, Delta_T : `Quantity`
        Where the upswing begins, and its width.
    tau_w, a, b : `Quantity`
        Time constant of the adaptation current ``w``, its coupling to ``v``, its rise at a spike.
    v_reset : `Quantity`
        Potential after a spike.
    v_cut : `Quantity`, optional
        Where the upswing is cut off and counts as a spike; ``V_T + 5*Delta_T`` unless given.
    refractory : `Quantity`
        Refractory period, in which ``v`` stands still.
    tau_syn : `Quantity`, optional
        Time constant of the synaptic current in amperes. With it, synapses write
        ``I_syn_post += w``; without it, ``v_post += w``.
    input : str, optional
        External input in amperes, such as ``'stimulus(t, i)'``.
    per_neuron : iterable of str, optional
        Parameters with one value per neuron.

    Returns
    -------
    model : `Model`
        It uses Euler's method: take a time step of 0.1 ms or less.

    Raises
    ------
    DimensionMismatchError
        If a parameter has the wrong unit.
    ValueError
        If a time constant is not positive.

    References
    ----------
    .. [1] Brette and Gerstner 2005, J Neurophysiol 94:3637
    """
    parameters = {
        "C": C,
        "g_L": g_L,
        "E_L": E_L,
        "V_T": V_T,
        "Delta_T": Delta_T,
        "tau_w": tau_w,
        "a": a,
        "b": b,
        "v_reset": v_reset,
        "v_cut": V_T + 5 * Delta_T if v_cut is None else v_cut,
        "t_refractory": refractory,
    }
    if tau_syn is not None:
        parameters["tau_syn"] = tau_syn
    current, current_lines = drive("amp", input, None if tau_syn is None else "-I_syn/tau_syn")
    lines = [
        f"dv/dt = (g_L*(E_L - v) + g_L*Delta_T*exp((v - V_T)/Delta_T) - w{current})/C : volt "
        "(unless refractory)",
        "dw/dt = (a*(v - E_L) - w)/tau_w : amp",
        *current_lines,
    ]
    return build_model(
        lines,
        parameters,
        per_neuron,
        threshold="v > v_cut",
        reset="v = v_reset\nw += b",
        refractory="t_refractory",
        method="euler",
        initial_values={"v": E_L},
    )
