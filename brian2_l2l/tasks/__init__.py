"""Data sets, generators and environments as tensors."""

from brian2_l2l.tasks.digits import DigitsTask, handwritten_digits, load_pictures, show_rows
from brian2_l2l.tasks.mnist import Digits, download_mnist, load_mnist
from brian2_l2l.tasks.pixels import (
    SequentialMnistTask,
    cross_thresholds,
    sequential_mnist,
)
from brian2_l2l.tasks.random_spikes import bernoulli_spikes
from brian2_l2l.tasks.store_recall import StoreRecallTask

__all__ = [
    "Digits",
    "DigitsTask",
    "SequentialMnistTask",
    "StoreRecallTask",
    "bernoulli_spikes",
    "cross_thresholds",
    "download_mnist",
    "handwritten_digits",
    "load_mnist",
    "load_pictures",
    "sequential_mnist",
    "show_rows",
]
