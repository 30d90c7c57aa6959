"""
How fast a training step is, beside that of other libraries: ``python -m validation speed``.

A step is the forward pass, the backward pass and Adam on all weights, in float32, on the same
inputs, labels and start weights. Each peer has a process of its own with as many processors and
threads as ``--threads`` says. All are alive at once and take turns: in each round every peer does
one step that is not timed, then about a second of timed ones. The table gives the median and the
quartiles of all steps; ratios are the medians of the ratios within a round, as the load of the
machine changes over time.

Memory is the peak resident size of the process during one step, above its resident size before
the very first step, when libraries, compilers, weights and inputs were loaded: ``VmHWM`` after
writing 5 to ``/proc/self/clear_refs``, minus ``VmRSS``. So what a program keeps between steps
counts.

Peers with our equations must give our loss and gradients in float64 on a small version of the
job, before they are timed. Peers that leave out adaptation or refractoriness are listed, not
counted.
"""
