"""
How random backpropagation learns: ``python -m validation random-backpropagation --digits DIR``.

The network of ``examples/frompapers/Neftci_et_al_2017.py``, 784-200-10, learns MNIST spike by
spike: one digit after the other or several side by side, with all spikes transmitted and background
noise or not, with feedback that follows the weights, with weights of few bits, and in the engines
of Brian2. Beside it are backpropagation and random backpropagation in torch, for as many hidden
units.
"""

#: After how many digits the network is tested.
MARKS = (1_000, 2_000, 5_000, 10_000, 20_000, 40_000, 60_000)

#: Test errors of a direct program of the same equations at 1 ms, one digit at a time, in percent.
REFERENCE = {1_000: 37.4, 2_000: 24.2, 5_000: 15.7, 10_000: 13.5, 20_000: 11.2, 40_000: 9.0}
REFERENCE |= {60_000: 8.0}

HIDDEN, PIXELS, CLASSES = 200, 784, 10
