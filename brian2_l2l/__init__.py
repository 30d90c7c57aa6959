"""Train Brian2 networks: record them, run them as batched PyTorch programs, write values back."""

from importlib.metadata import PackageNotFoundError, version

from brian2_l2l import prefs  # noqa: F401  registers the preferences
from brian2_l2l.mirror import device  # noqa: F401  registers the device 'torch'
from brian2_l2l.mirror.api import mirror
from brian2_l2l.mirror.trainables import Trainable
from brian2_l2l.training import train

__all__ = ["Trainable", "__version__", "mirror", "train"]

try:
    __version__ = version("brian2_l2l")
except PackageNotFoundError:
    # The sources are on the path without being installed.
    __version__ = "0+unknown"
