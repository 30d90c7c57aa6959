"""Show many samples to a network that learns while it runs.

The equations of the network read `Samples`: TimedArrays for a chunk of samples. A `Presenter` runs
the network once for each chunk, with the weights that it had after the chunk before. It runs on the
device that is set: line by line, on the device ``'torch'``, or as a program in C++ or for CUDA that
is compiled once; or as a mirror to which samples are shown side by side. Memory does not grow with
the number of samples.
"""

from brian2_l2l_plugins.presentation.presenter import Presenter
from brian2_l2l_plugins.presentation.programs import as_program
from brian2_l2l_plugins.presentation.samples import Samples

__all__ = ["Presenter", "Samples", "as_program"]
