"""The fragments that random networks are made of; each declares the features it can use."""

from . import connections, inputs, monitors, neurons, operations, runs, spatial

__all__ = ["connections", "inputs", "monitors", "neurons", "operations", "runs", "spatial"]
