"""
Neurons with a soma and a dendrite.

`two_compartment`: two leaky compartments that pull each other, ``v`` (soma) and ``u`` (dendrite);
the soma spikes, and the reset acts on it only::

    tau_soma dv/dt = v_rest - v + coupling_soma (u - v)     (stands still while refractory)
    tau_dendrite du/dt = v_rest - u + coupling_dendrite (v - u) + I
    at v > v_threshold: v -> v_reset

`gating_dendrite`: an integrate-and-fire soma with rest and reset at 0, and a dendrite ``U`` that
never drives it. The dendrite is there to be read by the plasticity rule of synapses onto this
neuron; it is moved by synapses that write ``U_post += w``::

    tau_m dv/dt = -v + I_syn + input     (stands still while refractory)
    tau_syn dI_syn/dt = -I_syn
    tau_dendrite dU/dt = -U
    at v > v_threshold: v -> 0

References
----------
Neftci, Augustine, Paul, Detorakis 2017, Front Neurosci 11:324, arXiv 1612.05596 (`gating_dendrite`)
"""

from brian2.units import check_units, ms, mV, second

from brian2_l2l.models.building import (
    build_model,
    check_different,
    drive,
    exponential_decay,
    potential_unit,
)


@check_units(
    **dict.fromkeys(("tau_soma", "tau_dendrite", "refractory", "tau_syn"), second),
    **dict.fromkeys(("coupling_soma", "coupling_dendrite"), 1),
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
        Potentials, all in volts or all plain numbers.
    tau_syn : `Quantity`, optional
        See `brian2_l2l.models`; the current goes into the dendrite, so that synapses without it
        write ``u_post += w``. Synapses on the soma write ``v_post += w``.
    refractory, input, per_neuron
        See `brian2_l2l.models`; the input goes into the dendrite.

    Returns
    -------
    model : `Model`
        The potentials are ``v`` (soma) and ``u`` (dendrite).
    """
    unit = potential_unit(v_threshold=v_threshold, v_reset=v_reset, v_rest=v_rest)
    potentials = {"v_threshold": v_threshold, "v_reset": v_reset, "v_rest": v_rest}
    times = dict(tau_soma=tau_soma, tau_dendrite=tau_dendrite, t_refractory=refractory)
    couplings = dict(coupling_soma=coupling_soma, coupling_dendrite=coupling_dendrite)
    current, current_lines = drive(unit, input, exponential_decay(tau_syn))
    soma, dendrite = "coupling_soma*(u - v)", "coupling_dendrite*(v - u)"
    lines = [
        f"dv/dt = (v_rest - v + {soma})/tau_soma : {unit} (unless refractory)",
        f"du/dt = (v_rest - u + {dendrite}{current})/tau_dendrite : {unit}",
    ]
    parts = {"threshold": "v > v_threshold", "reset": "v = v_reset", "refractory": "t_refractory"}
    return build_model(
        lines + current_lines,
        {**potentials, **times, **couplings, "tau_syn": tau_syn},
        per_neuron,
        **parts,
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
    Integrate-and-fire soma, and a dendrite that never drives it.

    Parameters
    ----------
    tau_m, tau_syn, tau_dendrite : `Quantity`
        Time constants of the soma, of its synaptic current ``I_syn`` (synapses write
        ``I_syn_post += w``) and of the dendrite.
    v_threshold : `Quantity` or float
        Threshold of the soma, in volts or as a plain number; the current has the same unit.
    refractory, input, per_neuron
        See `brian2_l2l.models`.

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
    """
    unit = potential_unit(v_threshold=v_threshold)
    check_different(tau_m, tau_syn)
    parameters = {"tau_m": tau_m, "tau_syn": tau_syn, "tau_dendrite": tau_dendrite}
    parameters |= {"v_threshold": v_threshold, "t_refractory": refractory}
    current, current_lines = drive(unit, input, exponential_decay(tau_syn))
    lines = [
        f"dv/dt = (-v{current})/tau_m : {unit} (unless refractory)",
        "dU/dt = -U/tau_dendrite : 1",
    ]
    return build_model(
        lines + current_lines,
        parameters,
        per_neuron,
        threshold="v > v_threshold",
        reset=f"v = {'0' if unit == '1' else '0*volt'}",
        refractory="t_refractory",
    )
