"""
Whether the fused lowering does what the plain one does: ``python -m validation lowerings``.

Random networks, those of ``python -m validation fuzz`` up to their first run, become mirrors, with
all real parameters trained that can be. Both lowerings run them with three trials. Spikes must be
the same, and values and gradients differ by no more than sums in another order do: with one thread
and with two, which do not divide the trials; with checkpoints of several lengths; in float32.
Programs are compiled as for users. What is not covered is counted by its reason.
"""
