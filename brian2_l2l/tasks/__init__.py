"""Data sets, generators and environments as tensors."""

from brian2_l2l.tasks.arena import Arena, Walkers
from brian2_l2l.tasks.delayed_recall import DelayedRecallTask
from brian2_l2l.tasks.digits import DigitsTask, handwritten_digits, load_pictures, show_rows
from brian2_l2l.tasks.directions import Directions
from brian2_l2l.tasks.function_families import FunctionFamily, RandomNetworks, Sinusoids
from brian2_l2l.tasks.function_learning import FunctionLearningTask
from brian2_l2l.tasks.mnist import Digits, download_mnist, load_mnist, split_mnist
from brian2_l2l.tasks.navigation import NavigationEpisodes, NavigationTask
from brian2_l2l.tasks.paths import Paths, anywhere, to_the_goal
from brian2_l2l.tasks.pictures import PicturesTask, pictures_mnist
from brian2_l2l.tasks.pixels import (
    SequentialMnistTask,
    cross_thresholds,
    sequential_mnist,
)
from brian2_l2l.tasks.place_code import PlaceCode
from brian2_l2l.tasks.population_code import population_code
from brian2_l2l.tasks.random_spikes import bernoulli_spikes
from brian2_l2l.tasks.regular_spikes import regular_spikes
from brian2_l2l.tasks.shifted_pictures import shift_pictures
from brian2_l2l.tasks.store_recall import StoreRecallTask

__all__ = [
    "Arena",
    "DelayedRecallTask",
    "Digits",
    "DigitsTask",
    "Directions",
    "FunctionFamily",
    "FunctionLearningTask",
    "NavigationEpisodes",
    "NavigationTask",
    "Paths",
    "PicturesTask",
    "PlaceCode",
    "RandomNetworks",
    "SequentialMnistTask",
    "Sinusoids",
    "StoreRecallTask",
    "Walkers",
    "anywhere",
    "bernoulli_spikes",
    "cross_thresholds",
    "download_mnist",
    "handwritten_digits",
    "load_mnist",
    "load_pictures",
    "pictures_mnist",
    "population_code",
    "regular_spikes",
    "sequential_mnist",
    "shift_pictures",
    "show_rows",
    "split_mnist",
    "to_the_goal",
]
