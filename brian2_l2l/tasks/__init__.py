"""Data sets, generators and environments as tensors."""

from brian2_l2l.tasks.digits import DigitsTask, handwritten_digits, load_pictures, show_rows
from brian2_l2l.tasks.random_spikes import bernoulli_spikes
from brian2_l2l.tasks.store_recall import StoreRecallTask

__all__ = [
    "DigitsTask",
    "StoreRecallTask",
    "bernoulli_spikes",
    "handwritten_digits",
    "load_pictures",
    "show_rows",
]
