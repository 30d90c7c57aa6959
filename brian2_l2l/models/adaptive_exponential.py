"""
The adaptive exponential integrate-and-fire neuron.

::

    C dv/dt = g_L (E_L - v) + g_L Delta_T exp((v - V_T)/Delta_T) - w + I
    tau_w dw/dt = a (v - E_L) - w
    at v > v_cut: v -> v_reset, w -> w + b

``v`` stands still while the neuron is refractory; ``w`` does not.

References
----------
Brette and Gerstner 2005, J Neurophysiol 94:3637; the default values are from there.
"""

from types import MappingProxyType

from brian2.units import amp, check_units, farad, ms, mV, nA, nS, pF, second, siemens, volt

from brian2_l2l.models.building import build_model, drive, exponential_decay

UNITS = MappingProxyType(
    dict.fromkeys(("E_L", "V_T", "Delta_T", "v_reset", "v_cut"), volt)
    | dict.fromkeys(("tau_w", "refractory", "tau_syn"), second)
    | {"C": farad, "g_L": siemens, "a": siemens, "b": amp}
)


@check_units(**UNITS)
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
    Integrate-and-fire neuron with an exponential upswing and an adaptation current.

    Parameters
    ----------
    C, g_L, E_L : `Quantity`
        Capacitance, leak conductance and leak potential.
    V_T, Delta_T : `Quantity`
        Where the upswing begins, and its width.
    tau_w, a, b : `Quantity`
        Time constant of the adaptation current ``w``, its coupling to ``v``, its rise at a spike.
    v_reset, v_cut : `Quantity`
        Potential after a spike, and where the upswing is cut off and counts as a spike;
        ``V_T + 5*Delta_T`` unless given.
    refractory, tau_syn, input, per_neuron
        See `brian2_l2l.models`; the synaptic current and the input are in amperes.

    Returns
    -------
    model : `Model`
        It uses Euler's method: take a time step of 0.1 ms or less.
    """
    cut = V_T + 5 * Delta_T if v_cut is None else v_cut
    membrane = dict(C=C, g_L=g_L, E_L=E_L, V_T=V_T, Delta_T=Delta_T, v_reset=v_reset, v_cut=cut)
    others = dict(tau_w=tau_w, a=a, b=b, t_refractory=refractory, tau_syn=tau_syn)
    current, current_lines = drive("amp", input, exponential_decay(tau_syn))
    upswing = "g_L*(E_L - v) + g_L*Delta_T*exp((v - V_T)/Delta_T)"
    lines = [
        f"dv/dt = ({upswing} - w{current})/C : volt (unless refractory)",
        "dw/dt = (a*(v - E_L) - w)/tau_w : amp",
        *current_lines,
    ]
    return build_model(
        lines,
        {**membrane, **others},
        per_neuron,
        threshold="v > v_cut",
        reset="v = v_reset\nw += b",
        refractory="t_refractory",
        method="euler",
        initial_values={"v": E_L},
    )
