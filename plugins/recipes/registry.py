"""What can be trained by name: a script with a network, and the task for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from brian2_l2l.errors import L2LError

__all__ = ["RECIPES", "Presented", "Recipe", "find_recipe"]

#: The options of ``train`` that mean something for all recipes.
_OPTIONS = ("iterations", "batch_size", "checkpoint", "resume")


@dataclass(frozen=True)
class Recipe:
    """A network and its task.

    Attributes
    ----------
    script : str
        In the folder ``examples``; it has the functions `NAMES`.
    help : str
    task : callable
        ``task(folder)`` makes the task from the folder of the data.
    answers : callable, optional
        ``answers(task, readout, batch)`` returns the answers, one after the other. A task in which
        the network acts has none.
    data : bool
        Whether the task needs that folder.
    flags : dict
        What can be asked for: the name of a flag -> arguments of ``build_network`` and ``learn``.
    building, learning : dict
        Arguments of ``build_network`` and of ``learn``, whatever is asked for.
    """

    script: str
    help: str
    task: Callable[[Path | None], Any]
    answers: Callable[[Any, Any, Any], Any] | None = None
    data: bool = False
    flags: Mapping[str, tuple[Mapping, Mapping]] = field(default_factory=dict)
    building: Mapping[str, Any] = field(default_factory=dict)
    learning: Mapping[str, Any] = field(default_factory=dict)

    #: ``build_network(random, trained=None, **arguments)`` -> Network, where ``trained`` has arrays
    #: by names such as ``S.w``; ``make_mirror(net, **options)`` -> Mirror;
    #: ``learn(mirror, task, seed, iterations, report, **arguments)`` -> TrainingResult.
    NAMES = ("build_network", "make_mirror", "learn")

    @property
    def options(self) -> set[str]:
        """The options of ``train`` that mean something here."""
        return {*_OPTIONS, "learning_rate", "tensorboard", "start"}

    def arguments_of(self, flag: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        """Return what a flag gives to ``build_network`` and to ``learn``."""
        return self.flags[flag]

    def arguments(self, flags: Sequence[str]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the arguments of ``build_network`` and of ``learn`` for some flags."""
        return _together([(self.building, self.learning), *map(self.arguments_of, flags)])


@dataclass(frozen=True)
class Presented:
    """A network that learns while it runs, and the samples for it.

    Attributes
    ----------
    script : str
        In the folder ``examples``; it has the functions `NAMES`.
    help : str
    samples : callable
        ``samples(folder, split)`` returns the values ``(sample, input)`` and the labels.
    flags : dict
        What can be asked for: the name of a flag -> arguments of ``make_presenter``.
    training : dict
        The name of a flag -> arguments of `Presenter.train` that are functions of the script, by
        their names.
    numbers : tuple of str
        Options of ``train`` with a number that are arguments of ``make_presenter``.
    data : bool
        Whether the samples need that folder.
    """

    script: str
    help: str
    samples: Callable[[Path | None, str], tuple]
    flags: Mapping[str, Mapping] = field(default_factory=dict)
    training: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    numbers: tuple[str, ...] = ()
    data: bool = True

    #: ``make_presenter(seed, **arguments)`` -> Presenter.
    NAMES = ("make_presenter",)

    @property
    def options(self) -> set[str]:
        """The options of ``train`` that mean something here."""
        return {*_OPTIONS, *self.numbers}

    def arguments_of(self, flag: str) -> tuple[Mapping[str, Any], Mapping[str, str]]:
        """Return what a flag gives to ``make_presenter`` and to `Presenter.train`."""
        return self.flags[flag], self.training.get(flag, {})

    def arguments(self, flags: Sequence[str]) -> tuple[dict[str, Any], dict[str, str]]:
        """Return the arguments of ``make_presenter`` and of `Presenter.train` for some flags."""
        return _together(map(self.arguments_of, flags))


def _together(pairs: Iterable[tuple[Mapping, Mapping]]) -> tuple[dict[str, Any], dict[str, Any]]:
    first, second = {}, {}
    for pair in pairs:
        first |= pair[0]
        second |= pair[1]
    return first, second


def _mnist(folder: Path | None, split: str):
    from brian2_l2l.tasks import load_mnist

    digits = load_mnist(folder, split)
    return digits.pixels, digits.labels


def _store_recall(folder: Path | None):
    from brian2_l2l.tasks import StoreRecallTask

    return StoreRecallTask()


def _recalled_bits(task, readout, batch):
    return task.scores({task.readout: readout})[batch.targets.recall].argmax(-1)


def _sequential_mnist(folder: Path | None):
    from brian2_l2l.tasks import sequential_mnist

    return sequential_mnist(folder)


def _classes(task, readout, batch):
    return task.outputs({task.readout: readout}).argmax(-1)


def _networks(folder: Path | None):
    from brian2_l2l.tasks import FunctionLearningTask

    return FunctionLearningTask(examples=150)


def _sinusoids(folder: Path | None):
    from brian2_l2l.tasks import FunctionLearningTask, Sinusoids

    return FunctionLearningTask(Sinusoids(), examples=25)


def _predictions(task, readout, batch):
    """Return the predictions in millionths: programs add up in orders of their own."""
    return (1e6 * task.predictions({task.readout: readout})).round().flatten()


def _navigation(folder: Path | None):
    from brian2_l2l.tasks import NavigationTask

    return NavigationTask()


#: Without adaptation.
LIF = ({"adaptive": False}, {})

RECIPES = {
    "store-recall": Recipe(
        "frompapers/Bellec_et_al_2018_store_recall.py",
        "remember a bit until it is asked for",
        _store_recall,
        _recalled_bits,
        flags={"lif": LIF},
    ),
    "learn-networks": Recipe(
        "frompapers/Bellec_et_al_2018_learning_to_learn.py",
        "learn an unknown neural network from examples",
        _networks,
        _predictions,
        flags={"lif": LIF},
        building={"large": True},
    ),
    "learn-sinusoids": Recipe(
        "frompapers/Bellec_et_al_2018_learning_to_learn.py",
        "learn an unknown sinusoid from examples",
        _sinusoids,
        _predictions,
        flags={"lif": LIF},
        building={"inputs": 60},
    ),
    "navigation": Recipe(
        "frompapers/Bellec_et_al_2018_navigation.py",
        "find a hidden goal again",
        _navigation,
        flags={"lif": LIF},
    ),
    "erbp-mnist": Presented(
        "frompapers/Neftci_et_al_2017.py",
        "learn digits in a C++ program, spike by spike; updates are digits",
        _mnist,
        flags={
            **{name: {name: True} for name in ("noise", "symmetric", "long", "robust")},
            "large": {"hidden": (500,)},
            "deep": {"hidden": (500, 500)},
            "shifted": {},
        },
        training={
            "long": {"schedule": "falling"},
            "robust": {"schedule": "falling_further"},
            "shifted": {"augment": "shifted"},
        },
        numbers=("bits",),
    ),
    "sequential-mnist": Recipe(
        "frompapers/Bellec_et_al_2018_sequential_mnist.py",
        "name a digit whose pixels came one after the other",
        _sequential_mnist,
        _classes,
        data=True,
        flags={
            "lif": LIF,
            "fixed": ({}, {"rewiring": None}),
            "dense": ({"dense": True}, {"rewiring": None}),
        },
    ),
}


def find_recipe(name: str | None) -> Recipe | Presented:
    """Return a recipe by its name.

    Raises
    ------
    L2LError
        If there is none of that name.
    """
    if name not in RECIPES:
        raise L2LError(f"There is no task {name!r}; there are {', '.join(RECIPES)}.")
    return RECIPES[name]
