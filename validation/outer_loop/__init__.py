"""
Evolution while its processes are killed: ``python -m validation outer-loop``.

A network is compiled as a C++ program and evaluated with 200 sets of values, ten generations of 20,
first by one process that nobody disturbs. Then in both executors, while after every 20 results a
process that is at an evaluation is killed (SIGKILL): all results must be there, and each be
identical. Then the run itself is killed and started again, several times: it must end with the same
result, and its processes with it.

The overhead of an evaluation is what it takes longer than the C++ program alone; both are measured
in turns. It is also measured with an inner function that does nothing.
"""

#: The highest overhead of an evaluation, in seconds.
OVERHEAD = 0.05

#: The limits of the mean firing rate in Hz at the best values: a silent network proves nothing.
RATES = (1.0, 60.0)
