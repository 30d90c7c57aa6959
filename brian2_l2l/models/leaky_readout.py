"""A leaky integrator that never spikes."""

from brian2.units import check_units, ms, second

from brian2_l2l.models.building import build_model, unit_name


@check_units(tau_out=second)
def leaky_readout(tau_out=20 * ms, unit=1, bias=False, per_neuron=()):
    """
    Leaky integrator of the spikes that it receives: the readout of a spiking network.

    Synapses write ``y_post += w``. In each time step ``y`` decays first and then takes the spikes
    of this step, so ``y`` at the end of step ``t`` is ``exp(-dt/tau_out) y[t-1] + W z[t]``, as the
    low-passed spikes of Bellec et al. 2018 (NeurIPS, arXiv 1803.09574).

    Parameters
    ----------
    tau_out : `Quantity`
        Time constant.
    unit : `Unit` or 1
        The unit of ``y``, such as ``volt``.
    bias : bool
        Whether each neuron has a ``bias``, the value that ``y`` decays to; it starts at zero.
    per_neuron : iterable of str, optional
        ``'tau_out'`` for one time constant per neuron.

    Returns
    -------
    model : `Model`
        Without threshold and reset.

    Raises
    ------
    DimensionMismatchError
        If the time constant is not a time.
    ValueError
        If the time constant is not positive.
    """
    name = unit_name(unit)
    lines = [f"dy/dt = {'(bias - y)' if bias else '-y'}/tau_out : {name}"]
    lines += [f"bias : {name} (constant)"] if bias else []
    return build_model(lines, {"tau_out": tau_out}, per_neuron)
