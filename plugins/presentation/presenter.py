"""Show samples chunk by chunk, and count the spikes of the answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from brian2 import Network, Synapses
from brian2.core.namespace import get_local_namespace

from brian2_l2l.errors import TrainingError, did_you_mean
from brian2_l2l.training import check_count, check_positive, make_report, set_aside
from brian2_l2l_plugins.presentation.activity import Activity, SilentClasses
from brian2_l2l_plugins.presentation.checkpoint import Course, load_course, save_course
from brian2_l2l_plugins.presentation.engines import make_engine
from brian2_l2l_plugins.presentation.identity import network_identity, sample_identity
from brian2_l2l_plugins.presentation.jobs import Job, check_values
from brian2_l2l_plugins.presentation.samples import Samples

__all__ = ["Presenter"]


class Presenter:
    """Shows samples to a network, chunk by chunk.

    Parameters
    ----------
    net : Network
        Its equations use `Samples.namespace`.
    samples : Samples
    output : NeuronGroup
        With a neuron for each class; the one with most spikes is the answer.
    learned : sequence of tuple, or mapping
        ``(object, 'variable')``: what lasts from chunk to chunk, as ``(synapses, 'w')``. All else
        starts anew: the network is at rest at the start of a chunk. With `batch_size`, what the
        samples change is added up, or averaged with ``{(synapses, 'w'): 'mean'}``.
    seed : int
        Of what the network draws, and of the order of samples.
    between : callable, optional
        ``between(values)`` may change what was learned, given by name, before the next chunk.
    batch_size : int, optional
        Show so many samples side by side, in a mirror of the network (see `brian2_l2l.mirror`),
        where what is learned belongs to all of them. When left out, the network runs on the device
        that is set, and sees one sample after the other.
    namespace, level
        As for ``Network.run``; the samples are added.

    Raises
    ------
    TrainingError
        If an argument does not fit, or the device cannot run a network again with other values.
    """

    def __init__(
        self,
        net: Network,
        samples: Samples,
        output: Any,
        learned: Sequence[tuple[Any, str]] | Mapping[tuple[Any, str], str],
        *,
        seed: int = 0,
        between: Callable[[dict[str, np.ndarray]], None] | None = None,
        batch_size: int | None = None,
        namespace: Mapping[str, Any] | None = None,
        level: int = 0,
    ) -> None:
        check_count("seed", seed, least=0)
        if len(output) != samples.classes:
            raise TrainingError(
                f"'{output.name}' has {len(output)} neurons for {samples.classes} classes."
            )
        names = get_local_namespace(level=level + 1) if namespace is None else dict(namespace)
        self._samples, self._seed, self._between = samples, seed, between
        self._silent = SilentClasses(output.name)
        self._learned = {_name_of(*key): key for key in learned}
        self._values: dict[str, np.ndarray] = {}
        self._activity, names = Activity(net), {**names, **samples.namespace}
        self._same = {
            **{"seed": seed, "batch_size": batch_size, "chunk": samples.chunk},
            **{"sample": samples.sample, "pause": samples.pause, "between": between is not None},
            **{"learned": sorted(self._learned), "network": network_identity(net, names)},
        }
        ways = dict(learned) if isinstance(learned, Mapping) else dict.fromkeys(learned, "sum")
        sources = self._activity.sources
        job = Job(net, samples.duration, names, output, sources, self._learned)
        self._engine = make_engine(job, samples, batch_size, ways)
        self._inner = _inner_layers(self._learned.values())
        self._shown = 0

    @property
    def values(self) -> dict[str, np.ndarray]:
        """What has been learned up to now, by names such as ``'S.w'``, in SI units.

        It is empty before the first run, and can be set, to begin with other values than the script
        gives. `TrainingError` is raised if names, numbers or values do not fit.
        """
        return self._values

    @values.setter
    def values(self, values: Mapping[str, np.ndarray]) -> None:
        check_values(values, self._learned)
        self._values = dict(values)

    def train(
        self,
        values: Any,
        labels: Any,
        *,
        epochs: int = 1,
        shuffle: bool = True,
        schedule: Callable[[float], float] | None = None,
        augment: Callable[[np.ndarray, np.random.Generator], np.ndarray] | None = None,
        report: Any = "text",
        checkpoint: str | PathLike | None = None,
        resume: bool = False,
    ) -> list[dict[str, float]]:
        """Show samples with their labels, and let the network learn.

        Parameters
        ----------
        values, labels : array
            ``(sample, input)``, from 0 to 1 or bytes, and ``(sample,)``; see `Samples.check`.
        epochs, shuffle : int, bool
            How often all samples are shown, and whether in another order each time.
        schedule : callable, optional
            ``schedule(part)`` is the factor by which a chunk is learned, above 0, when so large a
            part of all was shown; 1 when left out.
        augment : callable, optional
            ``augment(values, random)`` returns the samples of a chunk as they are shown this time,
            changed by what a `numpy.random.Generator` draws.
        report : {'text', 'stdout', 'stderr'}, callable or None
            See `brian2_l2l.train`; after each chunk.
        checkpoint : str or path, optional
            Gets what is learned after each chunk. With ``resume=True`` the training goes on from
            there, to the same result as without a stop; else a file of that name is moved aside.

        Returns
        -------
        history : list of dict
            For each chunk the number of samples up to its end, the part of right answers, the mean
            number of spikes of an output, and what `Activity.row` says of a sample.

        Raises
        ------
        TrainingError
            If samples, labels or the checkpoint do not fit, an output or a layer on the way is
            silent for a chunk, or what it learned is not finite.
        """
        values, labels = self._samples.check(values, labels)
        check_count("epochs", epochs)
        asked = {"samples": len(values), "epochs": epochs, "shuffle": bool(shuffle)}
        if checkpoint is not None:
            asked["contents"] = sample_identity(values, labels)
        course = self._begin(asked, schedule, augment, checkpoint, resume)
        chunks = list(self._chunks(len(values), epochs, shuffle))
        with closing(make_report(report, len(course.history) / len(chunks))) as progress:
            for row in self._learn(values, labels, chunks, course, schedule, augment):
                self._values = course.values
                if checkpoint is not None:
                    save_course(Path(checkpoint), course)
                progress.update(row["samples"], len(course.history) / len(chunks), row)
        self._values, self._shown = course.values, self._shown + epochs * len(values)
        return course.history

    def _begin(self, asked, schedule, augment, checkpoint, resume: bool) -> Course:
        """Return what there is at the beginning, or at the end of the chunks in a file."""
        asked |= {**self._same, "before": self._shown, "augment": augment is not None}
        if schedule is not None:
            asked["schedule"] = [schedule(part / 4) for part in range(4)]
        course = Course(asked, self._values)
        if checkpoint is not None and Path(checkpoint).exists():
            if resume:
                return load_course(Path(checkpoint), course, self._learned)
            set_aside(Path(checkpoint), "training")
        return course

    def _learn(
        self, values, labels, chunks, course: Course, schedule, augment
    ) -> Iterator[dict[str, float]]:
        """Show the chunks that are left, and yield the row of each."""
        for number in range(len(course.history), len(chunks)):
            shown, start = chunks[number], dict(course.values)
            if self._between is not None and start:
                self._between(start)
            factor = 1.0 if schedule is None else schedule(number / len(chunks))
            check_positive(f"schedule({number / len(chunks):.4g})", factor)
            which = self._shown, number, 0
            inputs = values[shown]
            if augment is not None:
                inputs = augment(inputs, np.random.default_rng((self._seed, *which[:2], 2)))
                inputs, _ = self._samples.check(inputs, labels[shown])
            counts = self._run(inputs, labels[shown], start, which, factor)
            spikes, learned = self._engine.counts(), self._engine.values()
            check_values(learned, self._learned)
            # The few samples that may be left at the end say little.
            if len(shown) == self._samples.chunk or not course.history:
                self._check_active(counts, labels[shown], spikes)
            row = _row(counts, labels[shown]) | self._activity.row(spikes, len(shown))
            course.add(row, learned)
            yield course.history[-1]

    def _check_active(
        self, counts: np.ndarray, labels: np.ndarray, spikes: Mapping[str, np.ndarray]
    ) -> None:
        """Refuse to learn on where the output, or a layer on the way to it, is silent.

        Of single neurons of the output that are silent, the user is told.
        """
        silent = [f"'{name}'" for name in self._inner if name in spikes and not spikes[name].any()]
        if not counts.any():
            silent = ["the output"]
        if silent:
            raise TrainingError(
                f"Nothing can be learned, because {silent[0]} is silent in all {len(counts)} "
                "samples of a chunk. Start with larger weights, or learn in smaller steps."
            )
        self._silent.warn(counts, labels)

    def counts(self, values: Any) -> np.ndarray:
        """Return the number of spikes ``(sample, class)`` with which samples are answered.

        Nothing is learned, and what the network draws does not depend on what was shown before.
        See `train` for the argument and the errors.
        """
        values, _ = self._samples.check(values)
        chunk = self._samples.chunk
        found = [
            self._run(values[first : first + chunk], None, self.values, (0, first // chunk, 1))
            for first in range(0, len(values), chunk)
        ]
        return np.concatenate(found)

    def accuracy(self, values: Any, labels: Any) -> float:
        """Return the part of samples with the right answer; no answer is a wrong one."""
        values, labels = self._samples.check(values, labels)
        counts = self.counts(values)
        return float(np.mean((counts.argmax(axis=1) == labels) & counts.any(axis=1)))

    def _chunks(self, samples: int, epochs: int, shuffle: bool) -> Iterator[np.ndarray]:
        for epoch in range(epochs):
            order = np.arange(samples)
            if shuffle:
                np.random.default_rng((self._seed, self._shown, epoch)).shuffle(order)
            for first in range(0, samples, self._samples.chunk):
                yield order[first : first + self._samples.chunk]

    def _run(self, values, labels, start, which, factor: float = 1.0) -> np.ndarray:
        contents = self._samples.arrays(values, labels, factor)
        arrays = {self._samples.namespace[name]: array for name, array in contents.items()}
        sequence = np.random.SeedSequence((self._seed, *which))
        seed = int(sequence.generate_state(1)[0])
        self._engine.run(arrays, start, seed)
        return self._samples.counts(*self._engine.answers())[: len(values)]


def _row(counts: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    right = np.mean(counts.argmax(axis=1) == labels)
    return {"samples": len(counts), "accuracy": float(right), "spikes": float(counts.mean())}


def _inner_layers(learned: Iterable[tuple[Any, str]]) -> list[str]:
    """Return the groups that synapses which learn lead to, and others come from."""
    synapses = [group for group, _ in learned if isinstance(group, Synapses)]
    reached = {each.target.name for each in synapses}
    return sorted({each.source.name for each in synapses} & reached)


def _name_of(group: Any, variable: str) -> str:
    if variable not in group.variables:
        raise TrainingError(
            f"'{group.name}' has no variable {variable!r}.{did_you_mean(variable, group.variables)}"
        )
    return f"{group.name}.{variable}"
