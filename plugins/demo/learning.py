"""Train the weights of the script's network."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import numpy as np
import torch
from brian2 import Hz, Network, ms

import brian2_l2l as l2l
from brian2_l2l import plugins
from brian2_l2l.tasks import DigitsTask, handwritten_digits
from brian2_l2l.training import TrainingResult

#: What a script of the demo must have.
NAMES = ("build_network", "stimulus_values", "DURATION")
#: The synapses that learn.
LEARNING = ("S_in", "S_rec", "S_out")
#: The name of the checkpoint in the folder of results.
CHECKPOINT = "training.checkpoint"


@dataclass(frozen=True)
class Settings:
    """How to train; the defaults are those of the command.

    Attributes
    ----------
    seed : int
        Of the weights at the start, the splits of the digits, their noise and their order.
    epochs : int
        Passes through the training digits at most.
    batch_size : int
        Digits per update.
    learning_rate : float
        At the start; it decays to half of it in `half_life` epochs.
    half_life : int
        See `learning_rate`.
    patience : int
        Training stops when the loss on the validation digits did not improve in so many epochs.
    noise : float
        On the pixels of the training digits, see `DigitsTask`.
    train_size : int, optional
        The number of training digits; all that are left over, if not given.
    validation_size, test_size : int
        The numbers of digits to stop by, and to test with.
    """

    seed: int = 0
    epochs: int = 130
    batch_size: int = 128
    learning_rate: float = 0.01
    half_life: int = 30
    patience: int = 40
    noise: float = 0.2
    train_size: int | None = None
    validation_size: int = 200
    test_size: int = 360


def make_task(script: ModuleType, settings: Settings) -> DigitsTask:
    """Make the task: the digits as the script shows them."""
    return handwritten_digits(
        encode=script.stimulus_values,
        duration=script.DURATION,
        noise=settings.noise,
        train_size=settings.train_size,
        validation_size=settings.validation_size,
        test_size=settings.test_size,
        seed=settings.seed,
    )


def make_mirror(script: ModuleType, net: Network, **options) -> torch.nn.Module:
    """Make a mirror of the script's network in which the weights can learn.

    The surrogate gradient is as high as in Bellec et al. 2018 and reaches twice as far: fewer
    neurons are left without a gradient because they never come near their threshold.
    """
    triangular = plugins.get("surrogates", "triangular").with_parameters(dampening=0.6)
    return l2l.mirror(
        net,
        trainable=[(net[name], "w") for name in LEARNING],
        surrogate=triangular,
        surrogate_scale=2.0,
        namespace=vars(script),
        **options,
    )


def weights_of(net: Network) -> dict[str, np.ndarray]:
    """Return the weights that Brian2 has now, by the names of the synapses."""
    return {name: np.array(net[name].w) for name in LEARNING}


def learn(
    mirror: torch.nn.Module, task: DigitsTask, settings: Settings, output: Path, resume: bool
) -> TrainingResult:
    """Train; see `Settings`.

    Firing rates are drawn to 20 Hz: no neuron shall be silent, and none saturated.
    """
    updates = -(-len(task.examples["train"]) // settings.batch_size)
    return l2l.train(
        mirror,
        task,
        trainer="bptt",
        report="stderr",
        epochs=settings.epochs,
        batch_size=settings.batch_size,
        learning_rate=settings.learning_rate,
        schedule="ExponentialLR",
        schedule_options={"gamma": 0.5 ** (1 / (settings.half_life * updates))},
        rate_groups=["hidden"],
        rate_target=20 * Hz,
        rate_weight=0.2 * ms**2,
        early_stopping="validation_loss",
        patience=settings.patience,
        restore_best=True,
        checkpoint=output / CHECKPOINT,
        resume=resume,
        seed=settings.seed,
    )
