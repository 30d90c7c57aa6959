"""
Many trials of one network, without training: ``python -m validation trials``.

The mirror runs all trials as one batch, in the plain or in the fused lowering. Brian2 runs them as
its documentation says for repeated runs: the network is built once as a C++ program
(``set_device('cpp_standalone', build_on_run=False)``), which then runs trial after trial with other
values (``device.run(run_args={...})``), one at a time or one for each thread. Every engine has a
process of its own; all are alive at once and take turns. They run the same Brian2 network with the
same values of each trial, and give the number of spikes of each neuron in each trial.

Two times are given: of a trial once all is built, the median over the rounds; and of the very first
run of all trials together with building the network, which includes compiling (with no program
kept from before) and is divided by the number of trials.

A trial is identical if every neuron spikes as often as in Brian2's program, which computes in
float64. Where neither rounds as the other does (Brian2 compiles with ``-ffast-math``, the mirror
sums in another order), a network that amplifies small differences may come to differ after a while:
at least `IDENTICAL` of the trials must be identical in float64, and the number of spikes in all
trials together within `TOTALS` in any case.
"""

#: The share of trials that must be identical in float64, and how far totals may be from Brian2's.
IDENTICAL, TOTALS = 0.9, 0.01

#: The limits of the mean firing rate in Hz: a network that is silent or saturated proves nothing.
RATES = (1.0, 50.0)
