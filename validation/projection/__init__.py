"""
How long a whole training takes: ``python -m validation projection --digits DIR``.

The task is sequential MNIST after Bellec et al. 2018 (arXiv 1803.09574): 36,000 iterations of 256
digits, each shown pixel by pixel for 784 steps of 1 ms and followed by 56 steps with a cue; 220
neurons, 100 of them adaptive; ten leaky readouts with a bias, whose mean over the last 28 steps
gives the class; cross-entropy, and a penalty on rates away from 10 Hz; Adam. Some iterations are
measured from end to end: draw the digits, encode them, run forward and backward, and step.

The sizes, the encoding, the readout and the loss are those of the authors' published code. What
differs:

- All pairs are connected, and signs are free. There 12 % are, and are rewired in each iteration.
- Synapses take one step. There they take 1 to 10 steps, drawn at random.
- The start weights and the learning rate are smaller, as there are more connections, and the
  learning rate stays as it is. There it falls by a fifth every 2,500 iterations.
- The equations are those of `validation.speed.networks`. There a spike compares the membrane of the
  step before with the new threshold.
- The digits are all 60,000 for training. There 5,000 of them are kept for validation, and the
  network is tested from time to time; the projection is of the training alone.
"""

#: How many iterations the whole training has.
ITERATIONS = 36_000
