"""Train Brian2 networks: record them, run them as batched PyTorch programs, write values back."""

from importlib.metadata import PackageNotFoundError, version

from brian2_l2l import prefs  # noqa: F401  registers the preferences
from brian2_l2l.mirror import device  # noqa: F401  registers the device 'torch'

__all__ = ["__version__"]

try:
    __version__ = version("brian2_l2l")
except PackageNotFoundError:
    # The sources are on the path without being installed.
    __version__ = "0+unknown"
