"""Neurons with a soma and a dendrite."""

from brian2.units import check_units, ms, mV, second

from brian2_l2l.models.lif import check_different
from brian2_l2l.models.model import build_model, drive, potential_unit


@check_units(
    tau_soma=second,
    tau_dendrite=second,
    coupling_soma=1,
    coupling_dendrite=1,
    refractory=second,
    tau_syn=second,
)
def two_compartment(
    tau_soma=10 * ms,
    tau_dendrite=30 * ms,
    coupling_soma=1.0,
    coupling_dendrite=0.5,
    v_threshold=-50 * mV,
    v_reset=-60 * mV,
    v_rest=-60 * mV,
    refractory=2 * ms,
    tau_syn=None,
    input=None,
    per_neuron=(),
):
    """
    Soma and dendrite, two leaky compartments that pull each other; the soma spikes.

    Parameters
    ----------
    tau_soma, tau_dendrite : `Quantity`
        Time constants of the two compartments.
    coupling_soma, coupling_dendrite : float
        How strongly each compartment is pulled by the other, in units of its own leak.
    v_threshold, v_reset, v_rest : `Quantity` or float
        Potentials, all in volts or all plain numbers. The reset acts on the soma only.
    refractory : `Quantity`
        Refractory period, in which the soma stands still.
    tau_syn : `Quantity`, optional
        Time constant of the synaptic current into the dendrite. With it, synapses write
        ``I_syn_post += w``; without it, ``u_post += w``. Synapses on the soma write
        ``v_post += w``.
    input : str, optional
        External input to the dendrite, in the unit of the potentials.
    per_neuron : iterable of str, optional
        Parameters with one value per neuron.

    Returns
    -------
    model : `Model`
        The potentials are ``v`` (soma) and ``u`` (dendrite).

    Raises
    ------
    DimensionMismatchError
        If a parameter has the wrong unit.
    ValueError
        If a time constant is not positive.
    """
    unit = potential_unit(v_threshold=v_threshold, v_reset=v_reset, v_rest=v_rest)
    parameters = {
        "tau_soma": tau_soma,
        "tau_dendrite": tau_dendrite,
        "coupling_soma": coupling_soma,
        "coupling_dendrite": coupling_dendrite,
        "v_threshold": v_threshold,
        "v_reset": v_reset,
        "v_rest": v_rest,
        "t_refractory": refractory,
    }
    if tau_syn is not None:
        parameters["tau_syn"] = tau_syn
    current, current_lines = drive(unit, input, None if tau_syn is None else "-I_syn/tau_syn")
    lines = [
        f"dv/dt = (v_rest - v + coupling_soma*(u - v))/tau_soma : {unit} (unless refractory)",
        f"du/dt = (v_rest - u + coupling_dendrite*(v - u){current})/tau_dendrite : {unit}",
        *current_lines,
    ]
    return build_model(
        lines,
        parameters,
        per_neuron,
        threshold="v > v_threshold",
        reset="v = v_reset",
        refractory="t_refractory",
        method="exponential_euler",
        initial_values={"v": v_rest, "u": v_rest},
    )


@check_units(tau_m=second, tau_syn=second, tau_dendrite=second, refractory=second)
def gating_dendrite(
    tau_m=1 * ms,
    tau_syn=4 * ms,
    tau_dendrite=5 * ms,
    v_threshold=100 * mV,
    refractory=3.9 * ms,
    input=None,
    per_neuron=(),
):
    """
    Integrate-and-fire soma, and a dendrite that never drives it [1]_.

    The dendrite ``U`` is there to be read by the plasticity rule of synapses onto this neuron; it
    is moved by synapses that write ``U_post += w``. Soma: rest and reset at 0, and ``v`` stands
    still while the neuron is refractory.

    Parameters
    ----------
    tau_m, tau_syn, tau_dendrite : `Quantity`
        Time constants of the soma, of its synaptic current ``I_syn`` (synapses write
        ``I_syn_post += w``) and of the dendrite.
    v_threshold : `Quantity` or float
        Threshold of the soma, in volts or as a plain number; the current has the same unit.
    refractory : `Quantity`
        Refractory period.
    input : str, optional
        External input to the soma, in the unit of the threshold.
    per_neuron : iterable of str, optional
        Parameters with one value per neuron.

    Returns
    -------
    model : `Model`
        With ``v``, ``I_syn`` and the dimensionless ``U``.

    Raises
    ------
    DimensionMismatchError
        If a parameter has the wrong unit.
    ValueError
        If a time constant is not positive, or ``tau_syn`` equals ``tau_m``.

    References
    ----------
    .. [1] Neftci, Augustine, Paul, Detorakis 2017, Front Neurosci 11:324, arXiv 1612.05596
    """
    unit = potential_unit(v_threshold=v_threshold)
    check_different(tau_m=tau_m, tau_syn=tau_syn)
    parameters = {
        "tau_m": tau_m,
        "tau_syn": tau_syn,
        "tau_dendrite": tau_dendrite,
        "v_threshold": v_threshold,
        "t_refractory": refractory,
    }
    current, current_lines = drive(unit, input, "-I_syn/tau_syn")
    lines = [
        f"dv/dt = (-v{current})/tau_m : {unit} (unless refractory)",
        "dU/dt = -U/tau_dendrite : 1",
        *current_lines,
    ]
    return build_model(
        lines,
        parameters,
        per_neuron,
        threshold="v > v_threshold",
        reset=f"v = {'0' if unit == '1' else '0*volt'}",
        refractory="t_refractory",
    )
